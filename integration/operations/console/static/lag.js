// Lag over time: seconds from a change to its being applied, on a logarithmic scale, since a second and an hour differ.
import { byId, el, svg } from "./dom.js";
import { clock, span } from "./words.js";

const LEAST = 0.1;
const TICKS = [0.1, 1, 10, 60, 600, 3600, 36000];
const PAD = { left: 42, right: 10, top: 8, bottom: 18 };
const LEAST_SPAN_S = 300;
let points = [];
let figures = {};

export function startLag() {
  byId("lag-legend").append(el("span", { class: "key aws" }, "from AWS"), el("span", { class: "key snow" }, "from ServiceNow"));
  new ResizeObserver(draw).observe(byId("lag"));
}

export function showLag(picture) {
  points = picture.lag;
  figures = picture.figures;
  draw();
}

export function draw() {
  const place = byId("lag");
  const width = Math.max(240, place.clientWidth - 20);
  const height = Math.max(150, Math.min(320, place.clientHeight - 14));
  const now = Date.now() / 1000;
  const from = Math.min(points.length ? points[0].at : now, now - LEAST_SPAN_S);
  const most = Math.max(10, ...points.map((point) => Math.max(point.seconds, point.most)));
  const x = (at) => PAD.left + ((at - from) / (now - from)) * (width - PAD.left - PAD.right);
  const y = (seconds) => {
    const share = Math.log(Math.max(LEAST, seconds) / LEAST) / Math.log((most * 1.3) / LEAST);
    return height - PAD.bottom - share * (height - PAD.top - PAD.bottom);
  };
  const p50 = figures["lag p50"];
  const said = p50 === undefined ? "No change has been applied yet." : `Lag of ${points.length} changes: half within ${span(p50)}, 95 percent within ${span(figures["lag p95"])}.`;
  const drawn = [...grid(width, height, most, y), ...times(from, now, height, x), ...points.flatMap((point) => mark(point, x, y))];
  if (p50 !== undefined) drawn.push(svg("line", { class: "p", x1: PAD.left, x2: width - PAD.right, y1: y(p50), y2: y(p50) }));
  if (!points.length) drawn.push(svg("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, said));
  const made = svg("svg", { class: "plot", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said }, drawn);
  const old = place.querySelector("svg");
  if (old) old.replaceWith(made);
  else place.append(made);
}

function* grid(width, height, most, y) {
  for (const tick of TICKS.filter((each) => each <= most * 1.3)) {
    yield svg("line", { class: "grid", x1: PAD.left, x2: width - PAD.right, y1: y(tick), y2: y(tick) });
    yield svg("text", { x: PAD.left - 6, y: y(tick) + 3.5, "text-anchor": "end" }, tick < 1 ? "0.1 s" : tick < 60 ? `${tick} s` : span(tick).replace("60 s", "1 min"));
  }
}

function* times(from, now, height, x) {
  for (const share of [0, 0.5, 1]) {
    const at = from + (now - from) * share;
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    yield svg("text", { x: x(at), y: height - 4, "text-anchor": anchor }, clock(at).slice(0, 5));
  }
}

function mark(point, x, y) {
  const title = svg("title", {}, `${clock(point.at)}: ${span(point.seconds)}${point.most ? `, at most ${span(point.most)}` : ""}`);
  const dot = svg("circle", { cx: x(point.at), cy: y(point.seconds), r: 3, class: point.side || "many" }, title);
  return point.most ? [svg("line", { class: "reach", x1: x(point.at), x2: x(point.at), y1: y(point.seconds), y2: y(point.most) }), dot] : [dot];
}
