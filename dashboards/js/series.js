// From the points of /v1/series to the points of a chart. A step without data becomes a gap, never a zero.

/** The time axis of a range: whole steps, so that the first one is complete and later rounds reuse the same grid. */
export function windowOf(now, { seconds, stepSeconds }) {
  const step = stepSeconds * 1000;
  return { start: Math.floor((now - seconds * 1000) / step) * step, end: now, step };
}

/** Seconds of a step that have passed: the running step is divided by what it has had, not by what it will have. */
const elapsedSeconds = (time, { end, step }) => Math.min(step, end - time) / 1000;

// Below this a rate of the running step says more about chance than about traffic.
const shortestSeconds = 15;

/**
 * One entry per step of the window: `{ x, y, from, to }` with x in the middle of the step and y `null` where there
 * is no data. `valueOf(point, seconds)` turns a point into a number or null.
 */
export function onGrid(points, window, valueOf) {
  const stepOf = (time) => Math.floor((time - window.start) / window.step);
  const byStep = new Map(points.map((point) => [stepOf(Date.parse(point.time)), point]));
  const entries = [];
  for (let time = window.start; time < window.end; time += window.step) {
    const seconds = elapsedSeconds(time, window);
    const point = byStep.get(stepOf(time));
    const to = time + seconds * 1000;
    const usable = point && (seconds * 1000 === window.step || seconds >= shortestSeconds);
    const y = usable ? valueOf(point, seconds) ?? null : null;
    entries.push({ x: (time + to) / 2, y, from: time, to });
  }
  return entries;
}

export const perMinute = (point, seconds) => point.count / seconds * 60;

/** Share of failed events; null when the step has no event with a status. */
export function errorShare({ categories = {} }) {
  const total = Object.values(categories).reduce((sum, n) => sum + n, 0);
  return total > 0 ? (categories.error ?? 0) / total : null;
}

/** Mean × count is the sum of the step: money or tokens of the events that have them. */
export const sumPer = (unitSeconds) => (point, seconds) =>
  typeof point.mean === "number" ? point.mean * point.count / seconds * unitSeconds : null;

/** The value of the last whole step, or null with the time of the last known one. */
export function latest(entries, window) {
  const whole = entries.filter(({ from, to }) => to - from === window.step);
  const last = whole.at(-1);
  const known = whole.findLast(({ y }) => y !== null);
  return { value: last?.y ?? null, lastKnown: known?.from ?? null };
}
