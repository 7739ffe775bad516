// One event as it was sent.

import { byId, h } from "../dom.js";
import { get, segment } from "../api.js";

export async function openEvent(id) {
  const dialog = byId("event-dialog");
  const body = h("div", { class: "body" }, h("p", { class: "muted" }, "Loading…"));
  dialog.replaceChildren(
    h("header", {}, h("h2", { id: "event-dialog-title" }, `Event ${id}`),
      h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, "Close")),
    body);
  // A click beside the dialog closes it, as people expect.
  dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
  dialog.showModal();
  try {
    const { event, ...stored } = await get(`/v1/events/${segment(id)}`);
    body.replaceChildren(
      h("h3", {}, "As stored"), h("pre", {}, JSON.stringify(stored, null, 2)),
      h("h3", {}, "As sent"), h("pre", {}, JSON.stringify(event, null, 2)));
  } catch (error) {
    body.replaceChildren(h("p", { class: "notice is-warning" }, error.message));
  }
}
