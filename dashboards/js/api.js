// One way to ask the daemon. Errors are of two kinds: it answered with a problem, or it did not answer.

import { token } from "./session.js";
import { learnServerTime } from "./time.js";

const timeoutMilliseconds = 10_000;

/** The daemon answered, but with a problem document (RFC 9457). */
export class Problem extends Error {
  constructor(status, { title, detail, field } = {}) {
    super(detail || title || `The daemon answered ${status}`);
    this.status = status;
    this.title = title;
    this.field = field;
  }
}

/** The daemon could not be reached, or did not answer in time. */
export class Unreachable extends Error {}

/** GET `path` with `query` (absent values left out) as JSON. Throws Problem, Unreachable, or the abort of `signal`. */
export async function get(path, query = {}, signal) {
  const url = new URL(`.${path}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const deadline = AbortSignal.timeout(timeoutMilliseconds);
  const headers = { Accept: "application/json" };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  let response;
  let text;
  try {
    response = await fetch(url, {
      headers, cache: "no-store", credentials: "omit", signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(
      deadline.aborted ? `no answer within ${timeoutMilliseconds / 1000} s` : "the connection failed");
  }
  learnServerTime(response.headers.get("date"));
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    const detail = `${url.pathname} answered ${response.status} with something that is not JSON`;
    throw new Problem(response.status, { detail });
  }
  if (!response.ok) throw new Problem(response.status, body);
  return body;
}

export const segment = encodeURIComponent;
