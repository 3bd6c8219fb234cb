// The map: AWS → bus → queue → function → ServiceNow and back; it lights up as events pass.
import { byId, say, svg } from "./dom.js";
import { many } from "./words.js";

const NODES = {
  cases: { x: 0, y: 28, w: 104, h: 146, name: ["AWS Security", "Incident", "Response"], kind: "end aws" },
  incidents: { x: 696, y: 28, w: 104, h: 146, name: ["ServiceNow"], kind: "end snow" },
  bus: { x: 352, y: 28, w: 96, h: 146, name: ["Event bus"] },
  cases_queue: { x: 478, y: 37, w: 84, h: 48, name: ["Queue"] },
  servicenow_client: { x: 588, y: 37, w: 84, h: 48, name: ["ServiceNow", "client"] },
  webhook: { x: 530, y: 117, w: 96, h: 48, name: ["Webhook"] },
  incidents_queue: { x: 240, y: 117, w: 84, h: 48, name: ["Queue"] },
  security_ir_client: { x: 130, y: 117, w: 84, h: 48, name: ["Security IR", "client"] },
  poller: { x: 352, y: 193, w: 96, h: 36, name: ["Poller"] },
};
const TOP = 61;
const BOTTOM = 141;
const EDGES = {
  "cases>bus": [104, TOP, 352, TOP, "aws", "native events"],
  "bus>cases_queue": [448, TOP, 478, TOP, "aws"],
  "cases_queue>servicenow_client": [562, TOP, 588, TOP, "aws"],
  "servicenow_client>incidents": [672, TOP, 696, TOP, "aws"],
  "incidents>webhook": [696, BOTTOM, 626, BOTTOM, "snow"],
  "webhook>bus": [530, BOTTOM, 448, BOTTOM, "snow"],
  "bus>incidents_queue": [352, BOTTOM, 324, BOTTOM, "snow"],
  "incidents_queue>security_ir_client": [240, BOTTOM, 214, BOTTOM, "snow"],
  "security_ir_client>cases": [130, BOTTOM, 104, BOTTOM, "snow"],
  "poller>bus": [400, 193, 400, 174, "poll"],
};
const HOP_MS = 420;
const LIT_MS = 1500;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const nodes = {};
let layer;

export function startFlow() {
  const edges = Object.values(EDGES).flatMap(edge);
  const drawn = Object.entries(NODES).map(([key, node]) => (nodes[key] = box(node)));
  layer = svg("g", { "aria-hidden": "true" });
  const description = "Events flow from AWS over the event bus, a queue and the ServiceNow client to ServiceNow, and back over webhook, event bus, a queue and the Security IR client.";
  byId("flow").append(svg("svg", { viewBox: "-2 22 804 212", class: "flow", role: "img", "aria-label": description }, edges, drawn, layer));
}

function edge([x1, y1, x2, y2, tone, label]) {
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  return [
    svg("path", { d: `M${x1} ${y1}L${x2} ${y2}`, class: `edge ${tone}` }),
    svg("path", { d: "M0 0l-7 -4v8z", class: `tip ${tone}`, transform: `translate(${x2} ${y2}) rotate(${angle})` }),
    label && svg("text", { x: (x1 + x2) / 2, y: y1 - 7, class: "way" }, label),
  ];
}

function box({ x, y, w, h, name, kind = "" }) {
  const middle = x + w / 2;
  const start = y + h / 2 - (name.length - 1) * 7 - 3;
  const lines = name.map((line, place) => svg("text", { x: middle, y: start + place * 14, class: "name" }, line));
  const sub = svg("text", { x: middle, y: start + name.length * 14, class: "sub" });
  const made = svg("g", { class: `node ${kind}` }, svg("rect", { x, y, width: w, height: h, rx: 7 }), lines, sub, svg("title"));
  made.sub = sub;
  return made;
}

/** Counts and troubles of each place. */
export function showFlow(picture) {
  const broken = new Map(picture.switches.filter((each) => each.on).map((each) => [each.node, each.title]));
  const texts = { cases: many(picture.cases.length, "case"), incidents: many(picture.incidents.length, "incident") };
  const waiting = {};
  for (const queue of picture.queues) {
    waiting[queue.key] = queue.waiting + queue.in_flight + queue.delayed;
    if (queue.key.endsWith("queue")) texts[queue.key] = queue.paused ? `paused · ${waiting[queue.key]}` : `${waiting[queue.key]} waiting`;
    if (queue.dead) texts[queue.key] = `${queue.dead} dead`;
  }
  for (const each of picture.functions) texts[each.key] = texts[each.key] || many(each.invocations, each.key === "webhook" ? "call" : "run");
  for (const [key, node] of Object.entries(nodes)) {
    say(node.sub, texts[key] || "");
    node.classList.toggle("has", (waiting[key] || 0) > 0);
    node.classList.toggle("dead", picture.queues.some((queue) => queue.key === key && queue.dead));
    node.classList.toggle("broken", broken.has(key));
    say(node.querySelector("title"), broken.get(key) || "");
  }
}

/** One event passes along its path. */
export function light(event) {
  const tone = toneOf(event);
  event.path.forEach((key, place) => {
    setTimeout(() => glow(nodes[key], tone), calm.matches ? 0 : place * HOP_MS);
    const next = event.path[place + 1];
    if (next && !calm.matches) setTimeout(() => travel(`${key}>${next}`, tone), place * HOP_MS);
  });
}

export function toneOf(event) {
  if (event.kind === "failed" || event.kind === "crash") return "bad";
  if (event.kind === "echo" || event.path[0] === "poller") return "calm";
  const first = event.path[0] || "";
  return first.startsWith("cases") || first === "servicenow_client" ? "aws" : "snow";
}

function glow(node, tone) {
  if (!node) return;
  node.classList.remove("tone-aws", "tone-snow", "tone-bad", "tone-calm");
  node.classList.add("lit", `tone-${tone}`);
  clearTimeout(node.timer);
  node.timer = setTimeout(() => node.classList.remove("lit"), LIT_MS);
}

function travel(key, tone) {
  const line = EDGES[key];
  if (!line || document.hidden) return;
  const [x1, y1, x2, y2] = line;
  const dot = svg("circle", { class: `dot tone-${tone}`, cx: 0, cy: 0, r: 4 });
  layer.append(dot);
  const moves = [{ transform: `translate(${x1}px, ${y1}px)` }, { transform: `translate(${x2}px, ${y2}px)` }];
  dot.animate(moves, { duration: HOP_MS, easing: "ease-in-out" }).finished.finally(() => dot.remove());
}
