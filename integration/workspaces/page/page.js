// The page of one workspace. Texts of people only ever become text nodes; nothing uploaded is shown or run.
const POLL_MS = 3000, AT_ONCE = 3, SLICE = 100, SHOWN = 20, UNDONE = 5, SAID_MS = 8000, PAUSE_MS = 1000, TRIES = 5;
const BUSY = [429, 500, 502, 503, 504];
const api = location.pathname.replace(/\/+$/, "");
const byId = (id) => document.getElementById(id);
const session = { token: "", link: "", name: "", state: null, more: false, skew: 0, offline: false, polls: 0 };
const stored = new Map(); // name → {name, size, at}
const uploads = []; // {name, file, status: waits|runs|pauses|failed|gone, part, error, form, until, lost, tries}
const noFolders = matchMedia("(pointer: coarse) and (max-width: 40rem)").matches;
let drawing = 0, timer = 0, quiet = 0;

class Refused extends Error {
  constructor(status, body) {
    super(body.error || "This did not work: try again in a moment.");
    this.status = status;
    this.body = body;
  }
}

// ---------------------------------------------------------------------------------------------------- the server
async function ask(path, body) {
  const headers = session.token ? { Authorization: `Bearer ${session.token}` } : {};
  if (body) headers["Content-Type"] = "application/json";
  const sent = { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(20_000) };
  let answer;
  try {
    answer = await fetch(`${api}/${path}`, sent);
  } catch {
    connected(false);
    throw new Refused(0, { error: "No connection." });
  }
  connected(true);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  if (answer.status === 403 && said.error && path !== "session") signedOut(said.error);
  throw new Refused(answer.status, said);
}

function connected(yes) {
  const back = yes && session.offline;
  session.offline = !yes;
  byId("offline").hidden = yes;
  if (back) {
    for (const each of uploads) if (each.lost) again(each);
    pump();
  }
}

// ---------------------------------------------------------------------------------------------------- signing in
/** The link in the address bar, which is cleaned at once. */
function taken() {
  const link = location.hash.length > 40 ? location.hash.slice(1) : "";
  if (link) history.replaceState(null, "", location.pathname);
  return link;
}

async function signIn(link = taken()) {
  if (link) {
    forget();
    session.link = link;
    banner(["Signing in …"]);
    try {
      const { token } = await ask("session", { link });
      if (session.link !== link) return;
      keep(token);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 403) return signedOut(error.message);
      banner(["Signing in takes longer: it is tried again by itself.", error.message]);
      setTimeout(() => session.link === link && signIn(link), POLL_MS);
      return;
    }
  } else keep(session.token || kept());
  session.link = "";
  if (!session.token) return signedOut("Open the personal link you were given: it is the key to your workspace.");
  await poll();
}

function kept() {
  try { return sessionStorage.getItem("token") || ""; } catch { return ""; }
}

function keep(token) {
  session.token = token;
  try { sessionStorage.setItem("token", token); } catch { /* this tab then signs in anew after each load */ }
}

function forget() {
  keep("");
  session.link = session.name = "";
  session.state = null;
  session.polls += 1;
  clearTimeout(timer);
  stored.clear();
}

function signedOut(why) {
  forget();
  for (const part of ["adding", "stored", "ways", "room"]) byId(part).hidden = true;
  byId("until").textContent = "";
  byId("title").textContent = document.title = "Workspace";
  byId("ask").close();
  draw();
  banner(["You are not signed in.", sentence(why)]);
}

// ---------------------------------------------------------------------------------------------------- what is there
async function poll() {
  clearTimeout(timer);
  const number = (session.polls += 1);
  try {
    const [me, found] = await Promise.all([session.name ? session : ask("me"), ask("files")]);
    if (number !== session.polls) return;
    session.name = me.name;
    stored.clear();
    for (const each of found.files) stored.set(each.name, each);
    byId("more").hidden = !(session.more = found.more);
    show(found);
    draw();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status >= 400 && session.token) say(error.message);
  }
  if (number === session.polls && session.token && !document.hidden && session.state?.phase !== "gone") timer = setTimeout(poll, POLL_MS);
}

function show(state) {
  session.state = state;
  session.skew = state.now * 1000 - Date.now();
  const ready = state.phase === "ready", gone = state.phase === "gone", used = Math.max(0, state.quota - state.room);
  byId("title").textContent = document.title = `Workspace of ${session.name}`;
  text("until", ready ? `${left(state.expires_at)} left, until ${when(state.expires_at)}` : "");
  text("used", `${size(used)} of ${size(state.quota)} used`);
  byId("meter").value = state.quota ? used / state.quota : 0;
  byId("room").hidden = !ready;
  const sending = uploads.some((each) => each.status === "runs");
  byId("adding").hidden = !ready && !sending;
  byId("drop").hidden = !ready;
  byId("choose-folder").hidden = !ready || noFolders;
  byId("stored").hidden = gone || !["ready", "ending"].includes(state.phase);
  byId("undo").hidden = !ready;
  byId("ways").hidden = !ready && !state.extends;
  byId("end").hidden = !ready;
  text("extend", ready ? "Extend" : "Keep it after all");
  byId("extend").hidden = !state.extends;
  if (gone) banner(["This workspace has ended. Its files are archived, and nothing of it is left here.", state.proof && `Proof: ${state.proof}`]);
  else if (state.phase === "ending") banner(["This workspace is ending: its files are being archived, then removed.", "No file can be changed any more.", sending && "What you are uploading may still arrive, and is archived too."], "wait");
  else if (!ready) banner(["Your workspace is being made. It opens here by itself."]);
  else if (state.room < state.quota / 100) banner(["The workspace is full.", "Earlier versions of files count too."], "wait");
  else banner([]);
}

function draw() {
  cancelAnimationFrame(drawing);
  const ready = session.state?.phase === "ready", list = byId("files");
  const rows = new Map([...list.children].map((row) => [row.dataset.key, row]));
  for (const [name, row] of rows) if (!stored.has(name)) row.remove();
  const all = [...stored.values()];
  text("count", `(${all.length})`);
  byId("none").hidden = all.length > 0;
  let next = 0, place = list.firstElementChild;
  (function slice() {
    for (const end = Math.min(next + SLICE, all.length); next < end; next += 1) {
      const row = rows.get(all[next].name) || fileRow(all[next].name);
      if (place === row) place = row.nextElementSibling;
      else list.insertBefore(row, place);
      text(row.querySelector(".about"), `${size(all[next].size)} · ${when(all[next].at)}`);
      for (const button of row.querySelectorAll("button")) button.disabled = !ready;
    }
    if (next < all.length) drawing = requestAnimationFrame(slice);
  })();
}

function fileRow(name) {
  const row = el("li", { dataset: { key: name } });
  const remove = el("button", { type: "button", textContent: "Remove", ariaLabel: `Remove ${name}`, onclick: () => removed(name) });
  const open = el("button", { type: "button", className: "plain", ariaLabel: `Download ${name}`, onclick: () => download(name) });
  open.append(el("bdi", { textContent: name }));
  row.append(open, remove, el("span", { className: "about" }));
  return row;
}

// ---------------------------------------------------------------------------------------------------- one file
const download = (name) => doing(async () => location.assign((await ask("downloads", { name })).url));

const removed = (name) => doing(async () => {
  await ask("remove", { name });
  stored.delete(name);
  draw();
  const row = el("li"), note = el("span");
  note.append("Removed: ", el("bdi", { textContent: name }));
  const undo = el("button", { type: "button", textContent: "Undo", ariaLabel: `Undo the removal of ${name}` });
  undo.onclick = () => doing(async () => {
    await ask("remove", { name, undo: true });
    row.remove();
    say("It is back.");
    await poll();
  });
  row.append(note, undo);
  byId("undo").prepend(row);
  while (byId("undo").children.length > UNDONE) byId("undo").lastElementChild.remove();
  undo.focus();
});

// ---------------------------------------------------------------------------------------------------- uploads
async function add(found) {
  const given = found.map(([name, file]) => ({ name: name.normalize("NFC"), file }));
  if (!given.length) return say("There is no file in it.");
  const known = given.filter((each) => stored.has(each.name));
  let chosen = given;
  if (known.length) {
    const listed = known.slice(0, 5).map((each) => each.name).join("\n") + (known.length > 5 ? `\nand ${known.length - 5} more` : "");
    const skip = known.length < given.length ? [["Skip them", "skip"]] : [];
    const answer = await question(`Replace ${count(known.length, "file")}?`, `Already there:\n${listed}`, [["Cancel", ""], ...skip, ["Replace", "replace", "main"]]);
    if (!answer) return;
    if (answer === "skip") chosen = given.filter((each) => !stored.has(each.name));
  }
  for (const each of chosen) uploads.push({ ...each, status: "waits", part: 0, error: "" });
  pump();
}

function pump() {
  const free = AT_ONCE - uploads.filter((each) => each.status === "runs").length;
  for (const each of uploads.filter((one) => one.status === "waits").slice(0, free)) upload(each);
  drawUploads();
}

async function upload(each) {
  each.status = "runs";
  try {
    if (!each.form || Date.now() + session.skew > each.until) {
      each.form = await ask("uploads", { name: each.name, size: each.file.size, type: each.file.type });
      each.until = each.form.expires_at * 1000 - 60_000;
    }
    await send(each);
    each.status = "gone";
    stored.set(each.name, { name: each.name, size: each.file.size, at: (Date.now() + session.skew) / 1000 });
    uploads.splice(uploads.indexOf(each), 1);
    if (!uploads.some((one) => one.status !== "failed")) {
      say("All is uploaded.");
      poll();
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    each.part = 0;
    each.tries = (each.tries || 0) + 1;
    if (BUSY.includes(error.status) && each.tries < TRIES) {
      each.status = "pauses";
      setTimeout(() => { again(each); pump(); }, PAUSE_MS * 2 ** (each.tries - 1));
    } else {
      Object.assign(each, { status: "failed", error: sentence(error.message), lost: error.status === 0, tries: 0 });
      say(`Not uploaded: ${each.name}. ${each.error}`);
    }
  }
  pump();
}

function send(each) {
  const form = new FormData(), request = new XMLHttpRequest();
  for (const [name, value] of Object.entries(each.form.fields)) form.append(name, value);
  form.append("file", each.file, "file");
  return new Promise((done, failed) => {
    request.upload.onprogress = (at) => { each.part = at.total ? at.loaded / at.total : 0; drawUploads(); };
    request.onload = () => {
      if (request.status < 300) return done();
      if (!BUSY.includes(request.status)) each.form = null;
      failed(new Refused(request.status, { error: "The upload was refused. Was the file changed meanwhile?" }));
    };
    request.onerror = () => failed(new Refused(0, { error: "The connection broke off, or the file cannot be read any more." }));
    request.open("POST", each.form.url);
    request.send(form);
  });
}

function again(each) {
  if (each.status === "failed" || each.status === "pauses") Object.assign(each, { status: "waits", error: "", lost: false });
}

function drawUploads() {
  const order = { runs: 0, pauses: 0, failed: 1, waits: 2 };
  const shown = [...uploads].sort((a, b) => order[a.status] - order[b.status]).slice(0, SHOWN);
  const list = byId("uploads");
  for (const each of uploads) if (each.row && !shown.includes(each)) each.row.remove();
  for (const row of [...list.children]) if (!shown.some((each) => each.row === row)) row.remove();
  for (const each of shown) {
    each.row ||= uploadRow(each);
    if (each.row.parentNode !== list) list.append(each.row);
    const failed = each.status === "failed";
    each.row.className = failed ? "failed" : "";
    each.row.querySelector("progress").hidden = failed;
    each.row.querySelector("progress").value = each.part;
    const runs = each.status === "runs" ? `${Math.floor(each.part * 100)} %` : "waits";
    text(each.row.querySelector(".about"), failed ? each.error : `${size(each.file.size)}, ${runs}`);
    each.row.querySelector(".acts").hidden = !failed;
  }
  text("waiting", uploads.length > SHOWN ? `and ${count(uploads.length - SHOWN, "more file", "more files")}` : "");
}

function uploadRow(each) {
  const row = el("li"), name = el("bdi", { textContent: each.name }), acts = el("span", { className: "acts" });
  const retry = () => { again(each); pump(); }, dismiss = () => { uploads.splice(uploads.indexOf(each), 1); pump(); byId("drop").focus(); };
  for (const [label, onclick] of [["Retry", retry], ["Dismiss", dismiss]])
    acts.append(el("button", { type: "button", textContent: label, ariaLabel: `${label} ${each.name}`, onclick }));
  row.append(name, acts, el("span", { className: "about" }), el("progress", { max: 1, value: 0, ariaLabel: `Upload of ${each.name}` }));
  return row;
}

async function dropped(transfer) {
  const items = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!items.length) return [...transfer.files].map((file) => [file.name, file]);
  const found = [];
  for (const entry of items) await gather(entry, found);
  return found;
}

async function gather(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    found.push([entry.fullPath.replace(/^\//, ""), file]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const part = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at a time
    if (!part.length) return;
    for (const each of part) await gather(each, found);
  }
}

// ---------------------------------------------------------------------------------------------------- its life
const extend = () => doing(async () => {
  const state = await ask("extend", {});
  show(state);
  say(`It lives until ${when(state.expires_at)}.`);
  await poll();
});

const end = () => doing(async () => {
  const files = session.more ? `more than ${count(stored.size, "file")}` : count(stored.size, "file");
  const pending = uploads.length ? `\n${count(uploads.length, "upload")} of yours did not end yet.` : "";
  const details = `${files} will be archived, then removed from here for everybody. You cannot get them back on this page.${pending}`;
  if (await question("End this workspace?", details, [["Cancel", ""], [`End it and archive ${files}`, "end", "grave"]])) {
    await ask("end", {});
    await poll();
  }
});

function question(title, details, answers) {
  const dialog = byId("ask");
  text("question", title);
  text("details", details);
  byId("answers").replaceChildren(...answers.map(([label, value, look]) =>
    el("button", { type: "button", textContent: label, className: look || "", onclick: () => dialog.close(value) })));
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue), { once: true }));
}

// ---------------------------------------------------------------------------------------------------- words
async function doing(act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (session.token) say(error.message);
  }
}

function el(tag, props = {}) {
  const { dataset, ...others } = props, made = Object.assign(document.createElement(tag), others);
  Object.assign(made.dataset, dataset);
  return made;
}

function text(node, said) {
  const found = typeof node === "string" ? byId(node) : node;
  if (found.textContent !== said) found.textContent = said;
}

function banner(lines, look = "") {
  const node = byId("state"), wanted = lines.filter(Boolean);
  if ([...node.children].map((line) => line.textContent).join("\n") !== wanted.join("\n")) node.replaceChildren(...wanted.map((line) => el("p", { textContent: line })));
  node.className = look;
}

function say(said) {
  clearTimeout(quiet);
  text("said", sentence(said));
  quiet = setTimeout(() => text("said", ""), SAID_MS);
}

const sentence = (said) => (said ? said[0].toUpperCase() + said.slice(1) + (/[.!?…]$/.test(said) ? "" : ".") : "");
const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
const when = (seconds) => new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function left(until) {
  const minutes = Math.max(0, Math.floor((until * 1000 - Date.now() - session.skew) / 60_000));
  if (minutes >= 2880) return count(Math.round(minutes / 1440), "day");
  return minutes >= 120 ? count(Math.floor(minutes / 60), "hour") : count(minutes, "minute");
}

function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let at = 0;
  for (; bytes >= 1024 && at < 4; at += 1) bytes /= 1024;
  return `${at && bytes < 10 ? bytes.toFixed(1) : Math.floor(bytes)} ${units[at]}`;
}

// ---------------------------------------------------------------------------------------------------- what people do
byId("drop").onclick = () => byId("pick").click();
byId("choose-folder").onclick = () => byId("pick-folder").click();
for (const id of ["pick", "pick-folder"]) {
  byId(id).onchange = ({ target }) => {
    add([...target.files].map((file) => [file.webkitRelativePath || file.name, file]));
    target.value = "";
  };
}
byId("extend").onclick = extend;
byId("end").onclick = end;
addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("over"); });
addEventListener("drop", async (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  if (session.state?.phase !== "ready") return;
  try {
    await add(await dropped(event.dataTransfer));
  } catch {
    say("This cannot be read: choose the files with the button.");
  }
});
addEventListener("hashchange", () => { const link = taken(); if (link) signIn(link); });
addEventListener("online", () => { if (session.token) poll(); });
addEventListener("beforeunload", (event) => { if (uploads.some((each) => each.status === "runs")) event.preventDefault(); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else if (session.token) poll();
});
signIn();
