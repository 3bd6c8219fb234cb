// The line to the server: one stream of events in, single requests out.
const token = document.querySelector("meta[name=console-token]").content;

/** Whether this page may act; the server has no writing routes otherwise. */
export const mayAct = token !== "";

/** `heard` has a function per kind of event: picture, traffic, trouble, beat, and line(state). */
export function listen(heard) {
  const stream = new EventSource("/api/events");
  for (const kind of ["picture", "traffic", "trouble"]) {
    stream.addEventListener(kind, (event) => heard[kind](JSON.parse(event.data)));
  }
  stream.addEventListener("open", () => heard.line("live"));
  stream.addEventListener("error", () => heard.line(stream.readyState === EventSource.CLOSED ? "over" : "lost"));
}

export async function detail(caseId, sysId) {
  return answered(await fetch(`/api/detail?${new URLSearchParams({ case_id: caseId, sys_id: sysId })}`));
}

/** What a pass would do now. */
export async function plan(caseId, sysId) {
  return answered(await fetch(`/api/plan?${new URLSearchParams({ case_id: caseId, sys_id: sysId })}`));
}

export async function act(name, given = {}) {
  return write(`/api/act/${encodeURIComponent(name)}`, JSON.stringify(given), "application/json");
}

export async function turn(key, on) {
  return write(`/api/switch/${encodeURIComponent(key)}`, JSON.stringify({ on: String(on) }), "application/json");
}

export async function attach(side, key, file) {
  const path = `/api/attach/${side}/${encodeURIComponent(key)}?${new URLSearchParams({ name: file.name })}`;
  return write(path, file, "application/octet-stream");
}

async function write(path, body, type) {
  return answered(await fetch(path, { method: "POST", body, headers: { "Content-Type": type, "X-Console-Token": token } }));
}

async function answered(response) {
  const told = await response.json();
  if (!response.ok) throw new Error(told.error || `status ${response.status}`);
  return told;
}
