// Light, dark, or what the system says.

const key = "steward.theme";
const root = document.documentElement;
const order = ["system", "light", "dark"];

export function startThemeButton(button, repaint) {
  const next = () => order[(order.indexOf(current()) + 1) % order.length];
  const current = () => root.dataset.theme ?? "system";
  const label = () => {
    button.textContent = { system: "Auto", light: "Light", dark: "Dark" }[current()];
    button.title = `Colours: ${current()}. Click for ${next()}.`;
    button.setAttribute("aria-label", `Colours: ${current()}`);
  };
  const apply = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    repaint();
  };
  button.addEventListener("click", () => {
    const theme = next();
    localStorage.setItem(key, theme);
    apply(theme);
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  // Paper is white; the canvases are pictures and have to be painted for it.
  let before = null;
  addEventListener("beforeprint", () => { before = current(); apply("light"); });
  addEventListener("afterprint", () => { if (before !== null) apply(before); before = null; });
  label();
}
