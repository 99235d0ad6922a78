/** A signal that follows others, and how it is let go. */
export interface FollowingSignal {
  /** Aborted with the first of the others, with its reason. */
  signal: AbortSignal;
  /** The others forget it. It is aborted no more by them. */
  release: () => void;
}

/**
 * A signal for a piece of work that may be ended for one of several reasons, some of which outlast it: to be released when
 * the work is done. `AbortSignal.any` cannot be released: one that has a listener is kept for as long as any of the others,
 * with all that its listener refers to (Node 20), so a consumer grew by some kilobytes with each batch.
 */
export function follow(...others: readonly AbortSignal[]): FollowingSignal {
  const controller = new AbortController();
  const onAbort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  for (const other of others) {
    if (other.aborted) controller.abort(other.reason);
    other.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    release() {
      for (const other of others) other.removeEventListener('abort', onAbort);
    },
  };
}

/**
 * What `work` resolves with; rejects with its error, or with the reason of `signal` as soon as it is aborted. A race against
 * one promise for many works would keep the results of all of them until that promise is settled.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject);
    });
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
