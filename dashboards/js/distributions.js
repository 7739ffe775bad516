// Two distributions on top of each other, on Chart.js: filled steps for numbers, pairs of bars for categories.

import { percent, plainNumber } from "./format.js";
import { colour, faded } from "./palette.js";

const names = ["version-1", "version-2"];

/** `both`: `{ edges | categories, reference: { shares }, current: { shares } }`; `labels` of the two sides. */
export function distributionsChart(canvas, both, labels) {
  const sides = [both.reference, both.current];
  const isNumeric = Array.isArray(both.edges);
  const { fontFamily: family } = getComputedStyle(document.body);
  const tick = { color: colour("chart-tick"), font: { size: 10.5, family } };
  const places = isNumeric
    ? both.edges.slice(0, -1).map((edge, index) => `${plainNumber(edge)} to ${plainNumber(both.edges[index + 1])}`)
    : both.categories;
  return new globalThis.Chart(canvas, {
    type: "bar",
    data: {
      labels: places,
      datasets: sides.map(({ shares }, index) => ({
        label: labels[index],
        data: shares,
        backgroundColor: faded(names[index], .4),
        borderColor: colour(names[index]),
        borderWidth: 1,
        // Bins touch and the two sides share their place; categories stand side by side.
        ...(isNumeric ? { barPercentage: 1, categoryPercentage: 1, grouped: false } : {}),
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: {
          grid: { display: false },
          ticks: {
            ...tick, maxRotation: 0, autoSkip: true, maxTicksLimit: 8,
            callback: (_, index) => (isNumeric ? plainNumber(both.edges[index]) : both.categories[index]),
          },
          title: { display: isNumeric, text: both.unit ? `${both.signal}, ${both.unit}` : both.signal, ...tick },
        },
        y: {
          beginAtZero: true,
          grid: { color: colour("chart-grid") },
          ticks: { ...tick, maxTicksLimit: 5, callback: (value) => percent(value) },
        },
      },
      plugins: {
        legend: { labels: { color: colour("chart-tick"), boxWidth: 12 } },
        tooltip: {
          backgroundColor: colour("chart-tooltip"),
          titleColor: colour("chart-tooltip-ink"),
          bodyColor: colour("chart-tooltip-ink"),
          callbacks: { label: ({ dataset, raw }) => ` ${dataset.label}  ${percent(raw)}` },
        },
      },
    },
  });
}
