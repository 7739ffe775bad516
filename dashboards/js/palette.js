// Colours of colors.css as the canvas needs them: resolved for the present theme.

let resolved = new Map();

export function colour(name) {
  if (!resolved.has(name)) {
    const probe = document.createElement("i");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    resolved.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return resolved.get(name);
}

/** The same colour, less opaque. */
export const faded = (name, opacity) => colour(name).replace(/^rgba?\(([^)]+)\)$/, (_, parts) =>
  `rgba(${parts.split(",").slice(0, 3).join(",")}, ${opacity})`);

export const forgetColours = () => { resolved = new Map(); };
