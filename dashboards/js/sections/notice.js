// A sentence above what a section could not load.

import { h } from "../dom.js";

/** Null when there is no error. */
export function problemNotice(error, me) {
  if (!error) return null;
  if (error.status === 403) return h("p", { class: "notice is-warning" }, roleText(error, me));
  return h("p", { class: "notice is-warning" }, `Not up to date: ${sentence(error.message)}`);
}

const sentence = (text) => `${text.replace(/\.$/, "")}.`;

/** A refusal, with the roles that the token has. */

export function roleText(error, me) {
  const held = me ? ` This token (${me.name}) has: ${me.roles.join(", ") || "no role"}.` : "";
  return sentence(error.message) + held;
}
