// One line chart over time, on Chart.js. Knows axes, gaps and colours; knows no signal.

import { cursorPlugin, markersPlugin, thresholdPlugin } from "./chart-plugins.js";
import { round } from "./format.js";
import { colour, faded } from "./palette.js";
import { clock, minute, weekday } from "./time.js";

/** The library is a separate file that may be missing; everything but the charts works without it. */
export const chartsAvailable = () => typeof globalThis.Chart === "function";

const minuteMilliseconds = 60_000;
const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((n) => n * minuteMilliseconds);

/** Ticks at round times of the reader's zone; the widest chart has room for seven. */
function timeTicks(min, max, most = 7) {
  const step = tickSteps.find((step) => (max - min) / step <= most) ?? tickSteps.at(-1);
  const zone = new Date(max).getTimezoneOffset() * minuteMilliseconds;
  const ticks = [];
  for (let time = Math.ceil((min - zone) / step) * step + zone; time <= max; time += step) ticks.push({ value: time });
  return ticks;
}

const tickText = (time, span) => {
  if (span <= 86_400_000 * 1.1) return minute(time);
  return minute(time) === "00:00" ? weekday(time) : `${weekday(time)} ${minute(time)}`;
};

/** A lone value between two gaps has no line to be seen by: it gets a dot. */
const dotWhenAlone = ({ dataset, dataIndex }) => {
  const known = (index) => dataset.data[index] !== undefined && dataset.data[index].y !== null;
  return known(dataIndex) && !known(dataIndex - 1) && !known(dataIndex + 1) ? 4 : 0;
};

const strokes = {
  solid: { borderWidth: 1.75, borderDash: [], opacity: 1 },
  thin: { borderWidth: 1, borderDash: [], opacity: .6 },
  dashed: { borderWidth: 1.25, borderDash: [4, 3], opacity: .75 },
};

function datasetOf({ label, entries, colourIndex, stroke, filled }, step) {
  const name = `version-${colourIndex}`;
  const { borderWidth, borderDash, opacity } = strokes[stroke ?? "solid"];
  const line = faded(name, opacity);
  return {
    label,
    data: entries,
    borderColor: line,
    backgroundColor: filled ? faded(name, .1) : line,
    pointBackgroundColor: colour(name),
    pointBorderColor: colour("surface"),
    fill: filled ? "origin" : false,
    borderWidth,
    borderDash,
    // The running step is still filling: dotted, so that its value is not read as final.
    segment: { borderDash: ({ p1DataIndex }) => (isRunning(entries[p1DataIndex], step) ? [2, 2] : undefined) },
  };
}

const isRunning = (entry, step) => entry !== undefined && entry.to - entry.from < step;

export function makeChart(canvas, { valueText, suggestedMax }) {
  return new globalThis.Chart(canvas, {
    type: "line",
    data: { datasets: [] },
    plugins: [thresholdPlugin, cursorPlugin, markersPlugin],
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 16, right: 6 } },
      interaction: { mode: "index", intersect: false },
      elements: {
        line: { tension: 0, borderJoinStyle: "round" },
        point: { radius: dotWhenAlone, hoverRadius: 3.5, borderWidth: 1.5, hoverBorderWidth: 1.5, hitRadius: 0 },
      },
      scales: {
        x: {
          type: "linear",
          grid: { drawOnChartArea: false, tickLength: 4 },
          ticks: { display: false, autoSkip: false, maxRotation: 0 },
          afterBuildTicks: (axis) => { axis.ticks = timeTicks(axis.min, axis.max, axis.width < 360 ? 4 : 7); },
        },
        y: {
          beginAtZero: true,
          suggestedMax,
          grace: "6%",
          grid: { drawBorder: false },
          ticks: { display: false, maxTicksLimit: 5, callback: (value) => round(valueText(value)) },
          afterFit: (axis) => { axis.width = Math.max(axis.width, 56); },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          filter: ({ raw }) => raw.y !== null,
          itemSort: (a, b) => b.raw.y - a.raw.y,
          callbacks: {
            title: ([item]) => item && `${clock(item.raw.from)} – ${clock(item.raw.to)}`,
            labelColor: ({ dataset: { pointBackgroundColor } }) =>
              ({ borderColor: "transparent", backgroundColor: pointBackgroundColor }),
            label: ({ dataset, raw }) => ` ${dataset.label}  ${valueText(raw.y)}`,
          },
          boxWidth: 8, boxHeight: 8, padding: 9, cornerRadius: 6, displayColors: true,
        },
      },
    },
  });
}

/** Puts data into a chart. `lines`: `[{ label, entries, colourIndex, stroke, filled }]`. */
export function updateChart(chart, { lines, window, markers, threshold }) {
  const { options } = chart;
  const { start, end, step } = window;
  const grid = colour("chart-grid");
  const { fontFamily: family } = getComputedStyle(document.body);
  const tick = { color: colour("chart-tick"), font: { size: 10.5, family } };
  chart.data.datasets = lines.map((line) => datasetOf(line, step));
  options.scales.x.ticks.display = true;
  // Numbers beside an empty chart would be made up.
  options.scales.y.ticks.display = lines.some(({ entries }) => entries.some(({ y }) => y !== null));
  chart.$overlay = { markers, threshold };
  Object.assign(options.scales.x, { min: start, max: end });
  options.scales.x.ticks.callback = (time) => tickText(time, end - start);
  options.scales.x.grid.tickColor = options.scales.x.grid.borderColor = colour("line-strong");
  options.scales.y.grid.color = grid;
  for (const axis of [options.scales.x, options.scales.y]) Object.assign(axis.ticks, tick);
  Object.assign(options.plugins.tooltip, {
    backgroundColor: colour("chart-tooltip"),
    titleColor: colour("chart-tooltip-ink"),
    bodyColor: colour("chart-tooltip-ink"),
    multiKeyBackground: "transparent",
  });
  chart.update("none");
}
