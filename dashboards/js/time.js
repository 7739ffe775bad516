// Times: the reader's zone in the text, UTC on hover.

import { h } from "./dom.js";
import { span } from "./format.js";

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minuteFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const weekdayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric" });

export const clock = (time) => clockFormat.format(time);
export const minute = (time) => minuteFormat.format(time);
export const weekday = (time) => weekdayFormat.format(time);

const utc = (time) => new Date(time).toISOString().replace("T", " ").replace(/\.\d+Z$|Z$/, " UTC");
const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

/** 03:12:05 today, 20 Nov 03:12 before. */
function moment(time) {
  return sameDay(time, serverNow()) ? clock(time) : `${dayFormat.format(time)} ${minute(time)}`;
}

let offsetMilliseconds = 0;

/** Follows the daemon's clock, so that "2 min ago" is right on a machine whose own clock is not. */
export function learnServerTime(dateHeader) {
  const there = Date.parse(dateHeader ?? "");
  if (Number.isNaN(there)) return;
  const offset = there - Date.now();
  // The header has whole seconds: smaller differences are rounding, not skew.
  offsetMilliseconds = Math.abs(offset) < 2000 ? 0 : offset;
}

export const serverNow = () => Date.now() + offsetMilliseconds;

export function agoText(time) {
  const seconds = (serverNow() - time) / 1000;
  if (seconds < 1.5) return "just now";
  return `${span(seconds < 60 ? Math.floor(seconds) : Math.floor(seconds / 60) * 60)} ago`;
}

/** "12 min ago", kept true by `tickAgo`. */
export function ago(iso) {
  const time = Date.parse(iso);
  return h("time", { class: "ago", datetime: iso, title: `${moment(time)} here, ${utc(time)}` }, agoText(time));
}

/** "03:12:05" */
export function at(iso) {
  const time = Date.parse(iso);
  return h("time", { datetime: iso, title: utc(time) }, moment(time));
}

export function tickAgo() {
  for (const node of document.querySelectorAll("time.ago")) {
    const text = agoText(Date.parse(node.dateTime));
    if (node.textContent !== text) node.textContent = text;
  }
}
