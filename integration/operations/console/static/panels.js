// What integrations besides cases tell of themselves: a table each, and what wants looking at.
import { byId, el } from "./dom.js";

export function showPanels(picture) {
  const told = JSON.stringify(picture.panels);
  const place = byId("panels");
  if (place.dataset.told === told) return; // a selection and a screen reader are left in peace
  place.dataset.told = told;
  place.replaceChildren(...picture.panels.map(panel));
}

function panel({ title, columns, rows, said }) {
  const id = `panel-${title.toLowerCase()}`;
  return el(
    "section",
    { class: "panel", "aria-labelledby": id },
    el("div", { class: "head" }, el("h2", { id }, title, " ", el("span", { class: "count" }, rows.length))),
    said.length ? el("ul", { class: "wants" }, said.map((sentence) => el("li", {}, sentence))) : null,
    rows.length ? table(title, columns, rows) : el("p", { class: "empty" }, "Nothing yet."),
  );
}

function table(title, columns, rows) {
  return el(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": `Table of ${title}` },
    el(
      "table",
      { class: "links told" },
      el("thead", {}, el("tr", {}, columns.map((each) => el("th", { scope: "col" }, each)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((each) => el("td", {}, each))))),
    ),
  );
}
