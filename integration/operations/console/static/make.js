// A new case or a new incident.
import { byId, el } from "./dom.js";
import { act } from "./line.js";
import { tell, trying } from "./telling.js";

export function startMaking() {
  byId("cases-tools").append(opener("New case", "case.create", ["title", "description"], "The case is made; its incident follows."));
  byId("incidents-tools").append(opener("New incident", "incident.create", ["short_description", "description"], "The incident is made; its case follows."));
}

function opener(title, name, fields, done) {
  return el("button", { type: "button", onclick: () => open(title, name, fields, done) }, title);
}

function open(title, name, [first, second], done) {
  const dialog = byId("make");
  const subject = el("input", { type: "text", id: "make-first", required: true, maxLength: 300, autocomplete: "off" });
  const text = el("textarea", { id: "make-second", rows: 4 });
  const create = el("button", { class: "main" }, "Create");
  const form = el("form", { class: "form" },
    el("h2", { id: "make-title" }, title),
    el("div", {}, el("label", { for: "make-first" }, first === "title" ? "Title" : "Short description"), subject),
    el("div", {}, el("label", { for: "make-second" }, "Description"), text),
    el("div", { class: "row end" }, el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), create));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const made = await trying(() => act(name, { [first]: subject.value, [second]: text.value || subject.value }), "", create);
    if (made) {
      dialog.close();
      tell(done);
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
  subject.focus();
}
