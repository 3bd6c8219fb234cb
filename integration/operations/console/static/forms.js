// What a person can do on one side. Fields somebody is typing in are left alone.
import { el } from "./dom.js";
import { act, attach } from "./line.js";
import { trying } from "./telling.js";

let number = 0;

export function formsForCase() {
  const forms = { kind: "case", keyName: "case_id", whole: null };
  forms.subject = field("Title", el("input", { type: "text", maxLength: 300 }));
  forms.long = field("Description", el("textarea", { rows: 2 }));
  forms.choice = field("Status", el("select"));
  const save = button("Save", () => write(forms, "case.edit", changed(forms, { title: forms.subject, description: forms.long })));
  const move = button("Set", () => write(forms, "case.move", { status: forms.choice.input.value }));
  const text = field("Comment as AWS responder", el("textarea", { rows: 2 }));
  const comment = button("Comment", () => spoken(forms, "case.comment", text));
  forms.node = group("Act on AWS", forms, [line(forms.subject.node, save), forms.long.node, line(forms.choice.node, move), text.node, row(comment), filing(forms)]);
  return forms;
}

export function formsForIncident() {
  const forms = { kind: "incident", keyName: "sys_id", whole: null };
  forms.subject = field("Short description", el("input", { type: "text", maxLength: 160 }));
  forms.long = field("Description", el("textarea", { rows: 2 }));
  forms.choice = field("State", el("select"));
  const save = button("Save", () => write(forms, "incident.edit", changed(forms, { short_description: forms.subject, description: forms.long })));
  const move = button("Set", () => write(forms, "incident.move", { state: forms.choice.input.value, notes: "Closed in the console." }));
  const text = field("Entry as analyst", el("textarea", { rows: 2 }));
  const note = button("Work note", () => spoken(forms, "incident.note", text));
  const comment = button("Comment", () => spoken(forms, "incident.comment", text));
  forms.node = group("Act in ServiceNow", forms, [line(forms.subject.node, save), forms.long.node, line(forms.choice.node, move), text.node, row(note, comment), filing(forms)]);
  return forms;
}

/** Shows what the side now holds, but where somebody has typed something else; nothing can be typed before that. */
export function refreshForms(forms, whole, picture) {
  forms.node.hidden = !whole;
  if (!whole) return;
  const choices = forms.kind === "case" ? picture.statuses.map((status) => [status, status]) : picture.states;
  if (!forms.choice.input.options.length) forms.choice.input.append(...choices.map(([value, label]) => el("option", { value }, label)));
  keep(forms.subject, whole.title);
  keep(forms.long, whole.description);
  keep(forms.choice, forms.kind === "case" ? whole.status : whole.state);
  forms.whole = whole;
}

function keep(part, value) {
  const touched = part.was !== undefined && part.input.value !== part.was;
  if (!touched) part.input.value = value;
  part.was = touched ? part.was : value;
}

/** Only what differs is sent: an untouched field is nobody's edit. */
function changed(forms, fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, part]) => part.input.value !== part.was).map(([name, part]) => [name, part.input.value]));
}

async function write(forms, name, given) {
  if (await trying(() => act(name, { [forms.keyName]: forms.whole[forms.keyName], ...given }), "Saved; the other side follows.")) {
    for (const part of [forms.subject, forms.long, forms.choice]) part.was = part.input.value;
  }
}

async function spoken(forms, name, part) {
  if (!part.input.value.trim()) return;
  const given = { [forms.keyName]: forms.whole[forms.keyName], text: part.input.value };
  if (await trying(() => act(name, given), "Said; the other side follows.")) part.input.value = "";
}

function filing(forms) {
  const file = field(forms.kind === "case" ? "File for the case" : "File for the incident", el("input", { type: "file" }));
  const send = button("Attach", async () => {
    const [chosen] = file.input.files;
    if (chosen && (await trying(() => attach(forms.kind, forms.whole[forms.keyName], chosen), "Attached; the other side follows.", send))) file.input.value = "";
  });
  return line(file.node, send);
}

function field(label, input) {
  input.id = `field-${(number += 1)}`;
  return { input, node: el("div", {}, el("label", { for: input.id }, label), input) };
}

const button = (name, work) => el("button", { type: "button", onclick: work }, name);
const row = (...buttons) => el("div", { class: "row end" }, buttons);
const line = (...nodes) => el("div", { class: "row" }, nodes);

function group(name, forms, nodes) {
  return el("fieldset", { hidden: true }, el("legend", {}, name), el("div", { class: "form" }, nodes));
}
