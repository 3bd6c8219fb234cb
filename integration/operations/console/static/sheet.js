// One pair, both sides next to each other: what stands there, and what a person can do.
import { byId, el, keyed, say } from "./dom.js";
import { formsForCase, formsForIncident, refreshForms } from "./forms.js";
import { detail, mayAct, plan } from "./line.js";
import { trying } from "./telling.js";
import { clock, many, moment, size, span } from "./words.js";

const HEADER = /^\[(AWS|ServiceNow|Integration)\] (.+)$/;
const FROM = { AWS: "from-aws", ServiceNow: "from-snow", Integration: "from-us" };
let shown = null; // { caseId, sysId, parts }
let asking = false;
let again = false;

export function openSheet(caseId, sysId, picture) {
  const dialog = byId("sheet");
  shown = { caseId, sysId, parts: build(dialog) };
  resolvePair(picture);
  dialog.addEventListener("close", () => (shown = null), { once: true });
  dialog.showModal();
  refreshSheet(picture);
}

/** Reads the open pair again; a counterpart that appeared meanwhile is shown too. */
export async function refreshSheet(picture) {
  if (!shown) return;
  resolvePair(picture);
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const told = await detail(shown.caseId, shown.sysId);
    if (shown) fill(shown.parts, told, picture);
  } catch (error) {
    if (shown) say(shown.parts.wrong, error.message);
  } finally {
    asking = false;
    if (again) {
      again = false;
      refreshSheet(picture);
    }
  }
}

function resolvePair(picture) {
  const link = picture.links.find((each) => (shown.caseId && each.case_id === shown.caseId) || (shown.sysId && each.sys_id === shown.sysId));
  if (link) {
    shown.caseId = link.case_id || shown.caseId;
    shown.sysId = link.sys_id || shown.sysId;
  }
}

function build(dialog) {
  const parts = {
    title: el("h2", { id: "sheet-title" }),
    pill: el("span", { class: "pill" }),
    facts: el("span", { class: "place" }),
    whys: el("ul", { class: "whys", hidden: true }),
    wrong: el("p", { class: "wrong" }),
    case: half("aws", "Case", mayAct && formsForCase()),
    incident: half("snow", "Incident", mayAct && formsForIncident()),
    plan: el("p", { class: "place" }),
    steps: el("ol", { class: "steps" }),
    rows: el("tbody"),
    none: el("p", { class: "place" }, "No pass has changed anything here."),
  };
  const head = el("tr", {}, ["When", "Woken by", "Reasons", "Done"].map((name) => el("th", { scope: "col" }, name)));
  parts.history = el("table", {}, el("thead", {}, head), parts.rows);
  const ask = el("button", { type: "button", onclick: () => trying(() => showPlan(parts), "", ask) }, "Show the plan");
  dialog.replaceChildren(
    el("div", { class: "bar" }, parts.title, parts.pill, parts.facts, parts.wrong, el("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    parts.whys,
    el("div", { class: "sides" }, parts.case.node, parts.incident.node),
    el("section", { class: "plan", "aria-label": "Plan" }, el("div", { class: "row" }, el("h3", {}, "What a pass would do now"), ask), parts.plan, parts.steps),
    el("section", { class: "passes", "aria-label": "Passes that changed something" }, el("h3", {}, "What was changed, and why"), parts.none, parts.history));
  return parts;
}

function half(kind, name, forms) {
  const part = {
    title: el("p", { class: "title" }), long: el("p", { class: "long" }), id: el("span", { class: "id" }), word: el("span", { class: "chip" }),
    entries: el("ol", { class: "entries" }), files: el("ul", { class: "files" }), count: el("h3", {}, "Comments"), fileCount: el("h3", {}, "Files"),
    none: el("p", { class: "place" }), open: el("a", { hidden: true, target: "_blank", rel: "noopener" }, "Open in ServiceNow"), forms,
  };
  part.body = el("div", { class: "form" }, !forms && el("div", { class: "about" }, part.title, part.long), forms && forms.node, part.count, part.entries, part.fileCount, part.files);
  part.node = el("section", { class: `half ${kind}`, "aria-label": name }, el("div", { class: "row" }, el("h3", {}, name), part.id, part.word, part.open), part.none, part.body);
  return part;
}

function fill(parts, told, picture) {
  const { case: aws, incident: snow, link } = told;
  const card = picture.cases.find((each) => each.case_id === shown.caseId);
  const record = picture.incidents.find((each) => each.sys_id === shown.sysId);
  say(parts.title, [shown.caseId && `Case ${shown.caseId}`, (snow && snow.number) || (record && record.number) || (link && link.number)].filter(Boolean).join(" ⇄ "));
  const standing = link ? link.standing : "not linked";
  for (const node of [parts.pill, parts.whys]) node.dataset.standing = standing;
  say(parts.pill, standing);
  const facts = link ? [link.lag_s >= 0 && `last lag ${span(link.lag_s)}`, link.changed && `in step ${moment(link.changed)}`, link.conflicts && `${many(link.conflicts, "conflict")} settled`] : [];
  say(parts.facts, facts.filter(Boolean).join(" · "));
  say(parts.wrong, "");
  const said = link && link.standing === "waiting" && link.last ? link.last.why : "";
  const whys = link ? [...link.reasons, said].filter(Boolean) : [];
  parts.whys.hidden = !whys.length;
  keyed(parts.whys, whys, (why) => why, () => el("li"), say);
  fillHalf(parts.case, aws, card && { id: card.case_id, title: card.title, word: card.status }, "There is no case for this incident yet.");
  const labels = new Map(picture.states);
  const word = snow ? labels.get(snow.state) || snow.state : record && (record.label || labels.get(record.state) || record.state);
  fillHalf(parts.incident, snow, record && { id: record.number, title: record.title, word, url: record.url }, "There is no incident for this case yet.");
  if (snow) say(parts.incident.word, word);
  if (mayAct) {
    refreshForms(parts.case.forms, aws, picture);
    refreshForms(parts.incident.forms, snow, picture);
  }
  showPasses(parts, told.passes);
}

/** `whole` is all of one side; where only a card is known (read-only), that. */
function fillHalf(part, whole, card, nothing) {
  const there = whole || card;
  part.body.hidden = !there;
  say(part.none, there ? "" : nothing);
  say(part.id, there ? (whole && (whole.number || whole.case_id)) || card.id : "");
  part.word.hidden = !there;
  if (!there) return;
  say(part.word, whole ? whole.status || "" : card.word || "");
  say(part.title, there.title || "");
  say(part.long, (whole && whole.description) || "");
  part.open.hidden = !(card && card.url);
  if (card && card.url) part.open.href = card.url;
  const entries = [...((whole && whole.entries) || [])].sort((one, other) => other.at - one.at);
  const files = (whole && whole.files) || [];
  part.count.hidden = !entries.length;
  part.fileCount.hidden = !files.length;
  keyed(part.entries, entries, (entry) => entry.id, () => el("li", { class: "entry" }, el("div", { class: "by" }, el("span"), el("span")), el("div", { class: "text" })), fillEntry);
  keyed(part.files, files, (file) => file.name, () => el("li", {}, el("span"), el("span", { class: "soft" })), (node, file) => {
    say(node.firstChild, file.name);
    say(node.lastChild, `${size(file.size)} · ${file.state}`);
  });
}

function fillEntry(node, entry) {
  const [first, ...rest] = entry.text.split("\n");
  const header = HEADER.exec(first);
  node.className = header ? `entry mirrored ${FROM[header[1]]}` : "entry";
  const [by, when] = node.firstChild.children;
  say(by, header ? origin(header[1], header[2].split(" · ")) : `${entry.by} · ${entry.kind}`);
  by.title = header ? first : "";
  say(when, moment(entry.at));
  say(node.lastChild, header ? rest.join("\n") : entry.text);
}

/** Who said it where: `author · time · work note <id>`, or `kind · reference` for a note of the integration. */
function origin(from, [who, , what = ""]) {
  return from === "Integration" ? `integration · ${who}` : `${who} · ${what.replace(/ [\w-]+$/, "")} · from ${from}`;
}

/** Read when it is asked for, both sides being read for it; `clock` says as of when it counts. */
async function showPlan(parts) {
  const told = await plan(shown.caseId, shown.sysId);
  say(parts.plan, `${told.said} (${clock(Date.now() / 1000)})`);
  keyed(parts.steps, [...told.sentences.entries()], ([place]) => String(place), () => el("li"), (node, [, sentence]) => say(node, sentence));
}

function showPasses(parts, passes) {
  parts.none.hidden = passes.length > 0;
  parts.history.hidden = !passes.length;
  keyed(parts.rows, passes, (each) => each.pass_id + each.at, (each) => {
    const reasons = each.plan.map((reason) => el("div", { class: reason.includes("both changed") ? "conflict" : "" }, reason));
    return el("tr", {}, el("td", {}, moment(each.at)), el("td", {}, each.side === "case" ? "AWS" : "ServiceNow"), el("td", {}, reasons), el("td", {}, each.done.map((done) => el("div", {}, done))));
  }, () => {});
}
