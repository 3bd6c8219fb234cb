// Break things, and heal them again. Only where the page may act.
import { byId, el, keyed } from "./dom.js";
import { act, turn } from "./line.js";
import { tell, trying } from "./telling.js";

export function startSwitches() {
  byId("switches").append(el("div", { class: "breaks", role: "group", "aria-label": "Break things" }, el("h3", { "data-key": "heading" }, "Break things")));
  byId("flow-tools").append(
    el("button", { type: "button", title: "Let the poller look at both sides now", onclick: () => trying(() => act("sweep"), "The poller looks now.") }, "Sweep now"),
    el("button", { type: "button", title: "Bring waiting messages back now", onclick: () => trying(async () => tell((await act("hasten")).said)) }, "Try now"),
  );
}

export function showSwitches(picture) {
  const group = byId("switches").firstChild;
  const heading = { key: "heading", heading: true };
  keyed(group, [heading, ...picture.switches], (each) => each.key, make, update);
}

function make(each) {
  const button = el("button", { type: "button", class: "break", role: "switch" }, each.title);
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-checked") !== "true";
    trying(async () => tell((await turn(each.key, on)).said), "", button);
  });
  return button;
}

function update(button, each) {
  if (each.heading) return;
  button.setAttribute("aria-checked", String(each.on));
  button.title = each.explains;
}
