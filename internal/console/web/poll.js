// Asking again and again, as long as somebody looks.

// poll calls work at once and then some seconds after it has ended, until stop
// is called. While the page is hidden nothing is asked; when it is seen again,
// at once. work must not throw.
export function poll(seconds, work) {
  let timer = null;
  let stopped = false;
  let running = false;

  async function round() {
    clearTimeout(timer);
    if (stopped || running || document.hidden) return;
    running = true;
    await work();
    running = false;
    if (!stopped) timer = setTimeout(round, seconds() * 1000);
  }

  document.addEventListener('visibilitychange', round);
  round();
  return {
    now: round,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', round);
    },
  };
}
