/** Signals by which a person or a terminal ends the launcher. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on the Ctrl-C that the terminal has already delivered: two signals within so many ms are one wish. */
const SAME_WISH = 500;

/**
 * Waits for the wish to stop. `requested` resolves with the first signal (or with the text given to `request`);
 * `insisted` is called when a second one comes.
 */
export function listenForStop(insisted: () => void) {
  let first: number | undefined;
  let resolveRequested: (why: string) => void = () => undefined;
  const requested = new Promise<string>((resolve) => (resolveRequested = resolve));
  const abort = new AbortController();
  const request = (why: string) => {
    if (first !== undefined) return;
    first = Date.now();
    abort.abort();
    resolveRequested(why);
  };
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (first === undefined) request(name);
      else if (Date.now() - first > SAME_WISH) insisted();
    });
  }
  return { requested, request, signal: abort.signal };
}
export type StopRequest = ReturnType<typeof listenForStop>;
