// Building and updating elements. Data enters as text nodes and attributes only, never as markup.

export const byId = (id) => document.getElementById(id);

/** An element with attributes (`on…` functions become listeners) and children (text, numbers, elements, lists). */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...present(children));
  return node;
}

const present = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

const signatures = new WeakMap();

/** Rebuilds the content of `parent` only when `view` differs from last time: focus, selection and scroll survive. */
export function renderWhenChanged(parent, view, build) {
  const signature = JSON.stringify(view);
  if (signatures.get(parent) === signature) return;
  signatures.set(parent, signature);
  parent.replaceChildren(...present([build(view)]));
}

const lists = new WeakMap();

/** Makes the children of `parent` one per item, reusing the element of every item that did not change. */
export function renderList(parent, items, keyOf, build) {
  const before = lists.get(parent) ?? new Map();
  const after = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const signature = JSON.stringify(item);
    const known = before.get(key);
    after.set(key, known?.signature === signature ? known : { signature, node: build(item) });
  }
  lists.set(parent, after);
  let position = parent.firstChild;
  for (const { node } of after.values()) {
    if (node === position) position = position.nextSibling;
    else parent.insertBefore(node, position);
  }
  while (position) {
    const next = position.nextSibling;
    position.remove();
    position = next;
  }
}

export function table(name, caption, columns) {
  const body = h("tbody");
  const head = columns.map(([label, kind, title]) => h("th", { scope: "col", class: kind, title }, label));
  const title = h("caption", { class: "visually-hidden" }, caption);
  const element = h("table", { class: name }, title, h("thead", {}, h("tr", {}, head)), body);
  return { element, body };
}

/** A command line with a button that copies it. */
export function command(text) {
  const code = h("code", {}, text);
  const button = h("button", { type: "button", "aria-label": `Copy: ${text}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    } catch {
      // No clipboard outside of https and localhost: leave the text selected for the reader's own shortcut.
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
  });
  return h("div", { class: "command" }, code, button);
}
