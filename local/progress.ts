import type { Screen } from './screen.ts';

/** Milliseconds between two lines about what is waited for, where there is no terminal to show it all the time. */
const LINE_EVERY = 5_000;

/** Shows what is waited for, since when, and why where that is known. Call `close` when the waiting is over. */
export function showProgress(screen: Pick<Screen, 'say' | 'setStatus' | 'isTerminal'>) {
  const began = Date.now();
  const waiting = new Map<string, string>();
  let lastLine = began;
  let isClosed = false;
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
  const text = () => {
    const parts = [...waiting].map(([name, reason]) => (reason === '' ? name : `${name} (${reason})`));
    return `  ${seconds()} s  waiting for ${parts.join(', ')}`;
  };
  const show = () => {
    if (waiting.size === 0) return;
    screen.setStatus(text());
    if (screen.isTerminal || Date.now() - lastLine < LINE_EVERY) return;
    lastLine = Date.now();
    screen.say(text());
  };
  const timer = setInterval(show, 200);
  return {
    /** Milliseconds since the beginning. */
    elapsed: () => Date.now() - began,
    /** Shows `name` as waited for until the promise resolves. Rejects as the promise does. */
    async waitFor(name: string, ready: Promise<void>): Promise<void> {
      waiting.set(name, '');
      await ready;
      waiting.delete(name);
      // What was cut off is no success.
      if (!isClosed) screen.say(`  ${seconds()} s  ${name} is ready`);
    },
    explain(name: string, reason: string): void {
      if (waiting.has(name)) waiting.set(name, reason);
    },
    close(): void {
      isClosed = true;
      clearInterval(timer);
      screen.setStatus('');
    },
  };
}
export type Progress = ReturnType<typeof showProgress>;
