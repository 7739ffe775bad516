// Numbers and times for people. Absent values are shown as absent: every function here takes null.

import { h } from "./dom.js";

const space = "\u00a0";
const fixed = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

const dash = "–";

/** The sign for a missing value, with the reason on hover and for screen readers. */
export const missing = (reason) => h("abbr", { class: "missing", title: reason, "aria-label": reason }, dash);

const scales = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** 987 · 1,234 · 12.3 k · 4.56 M */
export function count(value) {
  if (!isNumber(value)) return dash;
  const size = Math.abs(value);
  if (size < 10_000) return fixed(value, Number.isInteger(value) || size >= 100 ? 0 : 1);
  const [scale, letter] = scales.find(([scale]) => size >= scale);
  const scaled = value / scale;
  return fixed(scaled, scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2) + space + letter;
}

export const exact = (value) => (isNumber(value) ? value.toLocaleString("en-US") : dash);

/** 0 % · 0.05 % · 1.2 % · 20.4 % · 100 % of a share from 0 to 1. */
export function percent(share) {
  if (!isNumber(share)) return dash;
  const value = share * 100;
  const digits = value === 0 || value >= 99.95 ? 0 : value < 1 ? 2 : 1;
  return trimmed(value, digits) + space + "%";
}

const trimmed = (value, digits) => value.toLocaleString("en-US", { maximumFractionDigits: digits });

/** A number whose unit is not known: at most four significant digits. */
export const plainNumber = (value) =>
  (isNumber(value) ? value.toLocaleString("en-US", { maximumSignificantDigits: 4 }) : dash);

/** 0.8 ms · 340 ms · 1.20 s · 12.4 s · 2 min · 3 h 5 min */
export function seconds(value) {
  if (!isNumber(value)) return dash;
  if (value < 0.9995) return trimmed(value * 1000, value < 0.01 ? 1 : 0) + space + "ms";
  if (value < 10) return fixed(value, 2) + space + "s";
  if (value < 60) return fixed(value, 1) + space + "s";
  return span(value);
}

/** Whole time spans: 40 s · 12 min · 3 h 5 min · 4 d 2 h */
export function span(value) {
  if (!isNumber(value)) return dash;
  const whole = Math.max(0, Math.round(value));
  const pair = (big, bigUnit, small, smallUnit) =>
    big + space + bigUnit + (small > 0 ? space + small + space + smallUnit : "");
  if (whole < 60) return whole + space + "s";
  if (whole < 600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  if (whole < 3600) return Math.round(whole / 60) + space + "min";
  if (whole < 86_400) return pair(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
  return pair(Math.floor(whole / 86_400), "d", Math.floor((whole % 86_400) / 3600), "h");
}

/** $0 · $0.0012 · $0.12 · $4.56 · $12.3 k, from US dollars. */
export function dollars(value) {
  if (!isNumber(value)) return dash;
  const size = Math.abs(value);
  if (size === 0) return "$0";
  if (size < 0.000_001) return "<" + space + "$0.000001";
  const twoDigits = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
  if (size < 0.1) return "$" + value.toLocaleString("en-US", twoDigits);
  if (size < 10_000) return "$" + fixed(value, 2);
  return "$" + count(value);
}

export const fromNano = (nanodollars) => (isNumber(nanodollars) ? nanodollars / 1e9 : null);

/** Money from integer nanodollars with the unabridged sum on hover; null is "no price", never $0. */
export function money(nanodollars, decimal) {
  if (!isNumber(nanodollars)) {
    const reason = "The price list has no price for this model: not $0, unknown";
    return h("abbr", { class: "missing", title: reason }, "no price");
  }
  const whole = decimal ? `$${decimal}` : `${exact(nanodollars)} nanodollars`;
  return h("span", { title: whole }, dollars(fromNano(nanodollars)));
}

export function bytes(value) {
  if (!isNumber(value)) return dash;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return trimmed(value / 2 ** (10 * power), power === 0 ? 0 : 1) + space + units[power];
}

/** Without a fraction of zeros, for round numbers such as thresholds and axis ticks: 3.00 s → 3 s. */
export const round = (text) => text.replace(/\.0+(?!\d)/, "");

/** How values of a policy metric are written, by the unit its name ends in. */
export function metricValue(metric, value) {
  if (metric.endsWith("_rate")) return percent(value);
  if (metric.endsWith("_seconds")) return round(seconds(value));
  if (metric.endsWith("_dollars")) return dollars(value);
  if (metric.startsWith("score.")) return plainNumber(value);
  return count(value);
}

/** `latency_p95_seconds` → "latency p95" */
export const metricName = (metric) => metric.replace(/_(seconds|dollars)$/, "").replaceAll("_", " ");

export const plural = (n, word) => `${count(n)}${space}${word}${n === 1 ? "" : "s"}`;
