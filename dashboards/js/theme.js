// Runs before the first paint, so that a chosen theme does not flash: hence a plain script, not a module.
(() => {
  const chosen = localStorage.getItem("steward.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
