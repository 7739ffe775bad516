// Drawn on top of Chart.js: decisions as vertical lines, thresholds as horizontal ones, and one shared cursor.

import { colour } from "./palette.js";

const font = (bold) => `${bold ? "600 " : ""}10.5px ${getComputedStyle(document.body).fontFamily}`;

const markerColour = ({ action }) => colour(action === "rollback" ? "critical" : "accent");

/** Markers so close that their labels would collide form one group. */
function grouped(markers, pixelOf) {
  const groups = [];
  for (const marker of markers) {
    const last = groups.at(-1);
    if (last && pixelOf(marker) - pixelOf(last.at(-1)) < 34) last.push(marker);
    else groups.push([marker]);
  }
  return groups;
}

/** `chart.$overlay.markers`: `[{ time, action, label }]` within the time axis, oldest first. */
export const markersPlugin = {
  id: "markers",
  beforeDatasetsDraw(chart) {
    const { ctx, chartArea: { right, top, bottom }, scales: { x } } = chart;
    const markers = chart.$overlay?.markers ?? [];
    const pixelOf = ({ time }) => Math.round(x.getPixelForValue(time)) + .5;
    ctx.save();
    ctx.font = font(true);
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    ctx.lineWidth = 1.25;
    for (const marker of markers) {
      ctx.strokeStyle = markerColour(marker);
      ctx.setLineDash(marker.action === "route" ? [3, 3] : []);
      ctx.beginPath();
      ctx.moveTo(pixelOf(marker), top - 5);
      ctx.lineTo(pixelOf(marker), bottom);
      ctx.stroke();
    }
    let occupied = -Infinity;
    for (const group of grouped(markers, pixelOf)) {
      // The last ones say how it ended; more than two do not fit anywhere.
      const told = group.slice(-2);
      const widths = told.map(({ label }) => ctx.measureText(label).width + 7);
      const width = widths.reduce((sum, one) => sum + one, 0);
      const after = pixelOf(group.at(-1)) + 4;
      let at = after + width <= right + 10 && after > occupied ? after : pixelOf(group[0]) - 4 - width + 7;
      if (at < occupied) continue;
      told.forEach((marker, index) => {
        ctx.fillStyle = markerColour(marker);
        ctx.fillText(marker.label, at, top - 6);
        at += widths[index];
      });
      occupied = at;
    }
    ctx.restore();
  },
};

/** `chart.$overlay.threshold`: `{ value, label }` in units of the y axis, or null. */
export const thresholdPlugin = {
  id: "threshold",
  beforeDatasetsDraw(chart) {
    const threshold = chart.$overlay?.threshold;
    const { ctx, chartArea: { left, right, top, bottom }, scales: { y } } = chart;
    if (!threshold || threshold.value > y.max) return;
    const at = Math.round(y.getPixelForValue(threshold.value)) + .5;
    if (at < top || at > bottom) return;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("critical");
    ctx.setLineDash([2, 3]);
    ctx.beginPath();
    ctx.moveTo(left, at);
    ctx.lineTo(right, at);
    ctx.stroke();
    ctx.font = font(false);
    ctx.textAlign = "left";
    ctx.fillText(threshold.label, left + 4, at - 4);
    ctx.restore();
  },
};

const cursor = { time: null, charts: new Set() };

/** A vertical line at the same time in every chart while the pointer is over one of them. */
export const cursorPlugin = {
  id: "cursor",
  afterInit: (chart) => cursor.charts.add(chart),
  afterDestroy: (chart) => cursor.charts.delete(chart),
  afterEvent(chart, { event, inChartArea }) {
    const time = event.type !== "mouseout" && inChartArea ? chart.scales.x.getValueForPixel(event.x) : null;
    if (time === cursor.time) return;
    cursor.time = time;
    for (const other of cursor.charts) if (other !== chart) other.draw();
  },
  beforeDatasetsDraw(chart) {
    const { ctx, chartArea: { top, bottom }, scales: { x } } = chart;
    if (cursor.time === null || cursor.time < x.min || cursor.time > x.max) return;
    const at = Math.round(x.getPixelForValue(cursor.time)) + .5;
    ctx.save();
    ctx.strokeStyle = colour("line-strong");
    ctx.beginPath();
    ctx.moveTo(at, top);
    ctx.lineTo(at, bottom);
    ctx.stroke();
    ctx.restore();
  },
};
