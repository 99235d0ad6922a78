import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats a check until it passes and resolves with its value; after `timeout` ms it throws the check's last error. */
export async function eventually<T>(check: () => T | Promise<T>, timeout = 30_000, interval = 50): Promise<T> {
  const giveUpAt = Date.now() + timeout;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
    await sleep(interval);
  }
}
