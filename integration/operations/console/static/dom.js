// Elements without markup: texts of people only ever become text nodes.

/** An element; `props` are properties, `aria-…`, `data-…`, `role` and `for` attributes, `on…` listeners. */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (/^(aria-|data-|role$|for$|scope$|datetime$|colspan$)/.test(name)) made.setAttribute(name, String(value));
    else made[name] = value;
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false).map(String_));
  return made;
}

const String_ = (child) => (child instanceof Node ? child : document.createTextNode(String(child)));

/** An SVG element; all of `attributes` are attributes. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children.flat().filter(Boolean).map(String_));
  return made;
}

/** Sets the text where it differs, so that a selection and a screen reader are left in peace. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** One child per item in order, kept by key: focus and animations of unchanged ones live on. */
export function keyed(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    let child = known.get(key);
    if (child) known.delete(key);
    else {
      child = make(item);
      child.dataset.key = key;
    }
    update(child, item);
    const place = before ? before.nextSibling : parent.firstChild;
    if (place !== child) parent.insertBefore(child, place);
    before = child;
  }
  for (const gone of known.values()) gone.remove();
}

export const byId = (id) => document.getElementById(id);
