// The token: from a login link or the form, kept for this tab only.

const key = "steward.token";

/** Moves `#token=…` out of the address, so that it is neither bookmarked nor read over a shoulder. */
export function takeTokenFromAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return;
  if (token.trim() !== "") sessionStorage.setItem(key, token.trim());
  history.replaceState(null, "", location.pathname + location.search);
}

export const token = () => sessionStorage.getItem(key);
export const setToken = (value) => sessionStorage.setItem(key, value);
export const forgetToken = () => sessionStorage.removeItem(key);
