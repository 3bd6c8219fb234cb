// What passed, newest first.
import { byId, el } from "./dom.js";
import { light, toneOf } from "./flow.js";
import { clock, span } from "./words.js";

const KEPT = 250;
const FRESH_S = 4;
let opened = () => {};
let nameOf = () => "";

export function startTraffic(open) {
  opened = open;
  byId("echoes").addEventListener("change", (event) => byId("traffic").classList.toggle("all", event.target.checked));
}

/** `names` finds an incident's number by its sys_id. */
export function nameIncidents(picture) {
  const numbers = new Map(picture.incidents.map((card) => [card.sys_id, card.number]));
  nameOf = (sysId) => numbers.get(sysId) || "";
}

export function addTraffic(events) {
  const list = byId("traffic");
  const now = Date.now() / 1000;
  for (const event of events) {
    list.prepend(row(event));
    if (now - event.at < FRESH_S) light(event);
  }
  while (list.children.length > KEPT) list.lastChild.remove();
}

function row(event) {
  const what = event.what;
  const name = [event.case_id, nameOf(event.sys_id)].filter(Boolean).join(" ⇄ ");
  const text = el("span", { class: "text" }, name && el("span", { class: "id" }, name), name ? " " : "", sentence(event));
  if (what) text.title = [what.why, ...what.plan].filter(Boolean).join("\n");
  const late = what && what.lag_s >= 0 ? span(what.lag_s) : "";
  const made = el("li", { class: `${event.kind} tone-${toneOf(event)}` }, el("time", {}, clock(event.at)), el("span", { class: "spot" }), text, el("span", { class: "late" }, late));
  if (event.case_id || event.sys_id) made.addEventListener("click", () => opened(event.case_id, event.sys_id));
  return made;
}

function sentence(event) {
  const what = event.what;
  if (!what) return event.said;
  if (what.error) return `${event.said}; tried again in ${span(what.retry_at - what.at)}`;
  const conflicts = what.plan.filter((reason) => reason.includes("both changed"));
  return conflicts.length ? `${event.said} (${conflicts.join(", ")})` : event.said;
}
