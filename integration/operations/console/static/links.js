// Link by link: how it stands, the last pass, the lag, what waits and why.
import { byId, el, keyed, say } from "./dom.js";
import { ago, many, moment, span, until } from "./words.js";

const ORDER = ["blocked", "suspended", "waiting", "working", "in step", "not linked", "closed"];
let opened = () => {};
let near = () => {};

export function startLinks(open, hover) {
  opened = open;
  near = hover;
}

export function showLinks(picture) {
  const links = [...picture.links].sort(
    (one, other) => ORDER.indexOf(one.standing) - ORDER.indexOf(other.standing) || newest(other) - newest(one),
  );
  const rows = links.length ? links : [{ nothing: true, case_id: "", sys_id: "" }];
  keyed(byId("link-rows"), rows, (link) => `${link.case_id}/${link.sys_id}`, make, update);
}

const newest = (link) => Math.max(link.changed, link.last ? link.last.at : 0);

function make(link) {
  if (link.nothing) return el("tr", {}, el("td", { colspan: 7, class: "empty" }, "No link yet: create a case or an incident."));
  const open = el("button", { type: "button", class: "id" });
  const cells = [el("td", {}, open), el("td", { class: "id" }), el("td", {}, el("span", { class: "pill" })), el("td", { class: "num" }), el("td", { class: "pass" }), el("td", { class: "did" }), el("td", { class: "why" })];
  const row = el("tr", {}, cells);
  row.addEventListener("click", () => opened(row.dataset.case, row.dataset.incident));
  row.addEventListener("mouseenter", () => near(row.dataset.case, row.dataset.incident));
  row.addEventListener("mouseleave", () => near("", ""));
  return row;
}

function update(row, link) {
  if (link.nothing) return;
  row.dataset.case = link.case_id;
  row.dataset.incident = link.sys_id;
  row.dataset.standing = link.standing;
  const [first, number, standing, lag, pass, did, why] = row.children;
  say(first.firstChild, link.case_id || "–");
  first.firstChild.setAttribute("aria-label", `Open ${link.case_id || link.number}`);
  say(number, link.number || "–");
  say(standing.firstChild, link.standing);
  say(lag, span(link.lag_s));
  say(pass, link.last ? ago(link.last.at) : link.changed ? ago(link.changed) : "–");
  pass.title = link.last ? `${moment(link.last.at)}: ${link.last.outcome}` : "";
  const acted = link.acted;
  say(did, acted ? acted.done.join(", ") : "");
  did.title = acted ? [moment(acted.at), ...acted.plan].join("\n") : "";
  showWhy(why, link);
}

function showWhy(cell, link) {
  const said = link.reasons.map((reason, place) => (place === link.reasons.length - 1 && retries(link) ? `${reason} · next try ${until(link.last.retry_at)}` : reason));
  if (link.held_until) said.push(`a pass holds it, at most ${until(link.held_until)}`);
  if (link.conflicts) said.push(`${many(link.conflicts, "conflict")} settled`);
  const text = said.join("; ");
  if (cell.dataset.text === text) return;
  cell.dataset.text = text;
  cell.replaceChildren(text);
  cell.title = (link.standing === "waiting" && link.last && link.last.why) || "";
}

const retries = (link) => link.last && link.last.retry_at && link.standing === "waiting";
