// Cases on the left, incidents on the right.
import { byId, el, keyed, say } from "./dom.js";
import { ago, many } from "./words.js";

const UNLINKED = { standing: "not linked" };
let opened = () => {};
let near = () => {};

/** `open(caseId, sysId)` shows a pair; `hover(caseId, sysId)` marks it everywhere. */
export function startCards(open, hover) {
  opened = open;
  near = hover;
}

export function showCards(picture) {
  const byCase = new Map(picture.links.filter((link) => link.case_id).map((link) => [link.case_id, link]));
  const byIncident = new Map(picture.links.filter((link) => link.sys_id).map((link) => [link.sys_id, link]));
  const labels = new Map(picture.states);
  const cases = picture.cases.map((card) => {
    const link = byCase.get(card.case_id) || UNLINKED;
    return { key: card.case_id, title: card.title, word: card.status, id: card.case_id, at: card.updated, link, caseId: card.case_id, sysId: link.sys_id || "", facts: [count(card.comments, "comment"), count(card.files, "file")] };
  });
  const incidents = picture.incidents.map((card) => {
    const link = byIncident.get(card.sys_id) || UNLINKED;
    return { key: card.sys_id, title: card.title || card.number, word: card.label || labels.get(card.state) || card.state, id: card.number, at: card.updated, link, caseId: link.case_id || "", sysId: card.sys_id, facts: [count(card.entries, "entry", "entries"), count(card.files, "file")] };
  });
  list("cases", cases, "No case yet.", picture);
  list("incidents", incidents, "No incident yet.", picture);
}

const count = (number, word, plural) => (number ? (plural && number !== 1 ? `${number} ${plural}` : many(number, word)) : "");

function list(id, cards, nothing, picture) {
  const parent = byId(id);
  say(byId(`${id}-count`), cards.length ? String(cards.length) : "");
  const shown = cards.length ? cards : [{ key: "none", nothing }];
  const first = parent.dataset.shown !== "true";
  keyed(parent, shown, (card) => card.key, (card) => (card.nothing ? el("li", { class: "empty" }, card.nothing) : made(card)), update);
  parent.dataset.shown = "true";
  parent.dataset.module = picture.module;

  function update(node, card) {
    if (card.nothing) return;
    const button = node.firstChild;
    const [title, facts, extra] = button.children;
    const stamp = `${card.at}|${card.word}|${card.title}|${card.facts}`;
    if (node.dataset.stamp && node.dataset.stamp !== stamp) flash(button);
    else if (!node.dataset.stamp && !first) flash(button);
    node.dataset.stamp = stamp;
    button.dataset.standing = card.link.standing;
    button.pair = card;
    say(title, card.title);
    const [number, word, when] = facts.children;
    say(number, card.id);
    say(word, card.word);
    say(extra, card.facts.filter(Boolean).join(" · "));
    say(when, ago(card.at));
    button.setAttribute("aria-label", `${card.title}. ${card.id}, ${card.word}, ${card.link.standing}`);
  }
}

function made() {
  const facts = el("span", { class: "facts" }, el("span", { class: "id" }), el("span", { class: "chip" }), el("span", { class: "ago" }));
  const button = el("button", { type: "button", class: "card" }, el("span", { class: "title" }), facts, el("span", { class: "extra" }));
  button.addEventListener("click", () => opened(button.pair.caseId, button.pair.sysId));
  for (const kind of ["mouseenter", "focus"]) button.addEventListener(kind, () => near(button.pair.caseId, button.pair.sysId));
  for (const kind of ["mouseleave", "blur"]) button.addEventListener(kind, () => near("", ""));
  return el("li", {}, button);
}

function flash(node) {
  node.classList.remove("fresh");
  void node.offsetWidth; // starts the animation anew
  node.classList.add("fresh");
}

/** Marks the cards and rows of one pair. */
export function mark(caseId, sysId) {
  for (const card of document.querySelectorAll(".card")) {
    const pair = card.pair || {};
    card.classList.toggle("near", Boolean((caseId && pair.caseId === caseId) || (sysId && pair.sysId === sysId)));
  }
  for (const row of document.querySelectorAll("#link-rows tr")) {
    row.classList.toggle("near", Boolean((caseId && row.dataset.case === caseId) || (sysId && row.dataset.incident === sysId)));
  }
}
