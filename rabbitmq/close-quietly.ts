import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that a broker may take to confirm a close; a peer that is gone without a word never does. */
const CLOSE_TIMEOUT = 2_000;

/**
 * Closes a connection or channel and resolves when it is closed; never rejects. The library's own `close` neither
 * resolves when the connection breaks before the broker confirms it, nor when it is closed already.
 */
export async function closeQuietly(thing: {
  close: () => Promise<void>;
  once: (event: 'close', listener: () => void) => unknown;
}): Promise<void> {
  const gone = new Promise<void>((resolve) => thing.once('close', () => resolve()));
  const timeout = new AbortController();
  try {
    await Promise.race([thing.close(), gone, sleep(CLOSE_TIMEOUT, undefined, { signal: timeout.signal })]);
  } catch {
    // It was closed already.
  } finally {
    timeout.abort();
  }
}
