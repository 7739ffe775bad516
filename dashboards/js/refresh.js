// The rhythm of the page: a round every few seconds while somebody can see it, never two at once.

const everySeconds = 5;

/** `round` gets an AbortSignal; a new call to `now` abandons the one under way. */
export function startRefreshing(round) {
  let timer = null;
  let running = null;
  let stopped = false;

  async function now() {
    stopped = false;
    clearTimeout(timer);
    running?.abort();
    const controller = new AbortController();
    running = controller;
    try {
      await round(controller.signal);
    } finally {
      // Only the latest round plans the next one, and none does while nobody looks.
      if (running === controller) {
        running = null;
        if (!document.hidden && !stopped) timer = setTimeout(now, everySeconds * 1000);
      }
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (!stopped) now();
  });
  function stop() {
    stopped = true;
    clearTimeout(timer);
    running?.abort();
  }

  return { now, stop };
}
