// The header's numbers.
import { byId, el, keyed, say } from "./dom.js";
import { span } from "./words.js";

const SHOWN = [
  ["in step", "In step", (value) => (value ? "ok" : "")],
  ["waiting", "Waiting", (value) => (value ? "wait" : "")],
  ["blocked", "Blocked", (value) => (value ? "bad" : "")],
  ["suspended", "Suspended", (value) => (value ? "bad" : "")],
  ["conflicts", "Conflicts", () => ""],
  ["dead letters", "Dead letters", (value) => (value ? "bad" : "")],
  ["lag p50", "Lag p50", () => "", span],
  ["lag p95", "Lag p95", () => "", span],
];

export function showFigures(picture) {
  const shown = SHOWN.map(([key, label, tone, format]) => {
    const value = picture.figures[key];
    const text = value === undefined ? "–" : format ? format(value) : String(Math.round(value));
    return { key, label, tone: value === undefined ? "" : tone(value), text };
  });
  keyed(byId("figures"), shown, (each) => each.key, () => el("div", {}, el("dt"), el("dd")), (node, each) => {
    node.className = each.tone;
    say(node.firstChild, each.label);
    say(node.lastChild, each.text);
  });
  byId("figures").title = `Conflicts are counted ${picture.period}`;
  const where = [picture.module === "ir" ? "Security Incident Response module" : "ITSM module", picture.place];
  if (picture.deployment) where.push(`deployment ${picture.deployment}`);
  if (picture.mode !== "local") where.push("read-only");
  say(byId("place"), where.filter(Boolean).join(" · "));
}
