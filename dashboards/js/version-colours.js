// Versions and their colours.

const colourCount = 6;
const natural = new Intl.Collator("en", { numeric: true });
const remembered = new Map();

/**
 * Every version known of the deployment, oldest first: registered ones by registration, then those only seen in
 * traffic. A new version goes to the end, and one without recent traffic keeps its place, so none changes its colour.
 */
export function versionNames(deployment, registered, traffic) {
  const ordered = [...registered].sort((a, b) =>
    Date.parse(a.registered) - Date.parse(b.registered) || natural.compare(a.version, b.version));
  const seen = traffic.map(({ version }) => version).sort(natural.compare);
  const names = new Set([...(remembered.get(deployment) ?? []), ...ordered.map(({ version }) => version), ...seen]);
  remembered.set(deployment, names);
  return [...names];
}

/** 1 to 6, for the class `version-N` and the colour `--version-N`; null for a version that is not known. */
export function colourOf(names, version) {
  const index = names.indexOf(version);
  return index < 0 ? null : index % colourCount + 1;
}
