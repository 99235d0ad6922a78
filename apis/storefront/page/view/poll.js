import { reconnectDelay } from '../feed/reconnect.js';
import { RequestFailed } from './request.js';

/**
 * Asks again and again while the page is seen: at its pace, and slower and slower while it fails. Where it takes a login,
 * it waits to be told to ask again. An answer that comes after it was asked anew is forgotten.
 * @template Answer
 * @param {object} how
 * @param {(signal: AbortSignal) => Promise<Answer>} how.read
 * @param {() => number} how.every milliseconds between an answer and the next question
 * @param {(answer: Answer) => void} how.onAnswer
 * @param {(error: unknown) => void} how.onFailure
 */
export function createPoll({ read, every, onAnswer, onFailure }) {
  let timer = 0;
  let failures = 0;
  let asking = new AbortController();

  async function run() {
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    if (document.hidden) return;
    try {
      const answer = await read(AbortSignal.any([signal, AbortSignal.timeout(30_000)]));
      if (signal.aborted) return;
      failures = 0;
      onAnswer(answer);
      timer = window.setTimeout(() => void run(), every());
    } catch (error) {
      if (signal.aborted) return;
      const pause = Math.max(every(), reconnectDelay(failures, Math.random()));
      const needsLogin = error instanceof RequestFailed && error.status === 401;
      if (!needsLogin) timer = window.setTimeout(() => void run(), pause);
      failures += 1;
      onFailure(error);
    }
  }

  document.addEventListener('visibilitychange', () => void run());
  window.addEventListener('online', () => void run());
  return {
    /** Asks now. */
    now: () => void run(),
  };
}
