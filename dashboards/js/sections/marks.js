// Small marks that several sections show alike.

import { h } from "../dom.js";

/** The name of a version beside its colour; without a swatch where it has none (`colour` null). */
export const versionName = (version, colour) =>
  h("span", { class: colour ? `version-name version-${colour}` : "version-name" },
    colour ? h("span", { class: "swatch" }) : null, version);

/** `level`: ok, warning, critical or unknown. */
export const stateBadge = (level, text, title) => h("span", { class: `badge stateful is-${level}`, title }, text);

/** Enough of a digest to tell two apart; the whole one belongs on hover. */
export const shortDigest = (digest) => digest.replace("sha256:", "").slice(0, 12);
