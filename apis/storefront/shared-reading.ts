/**
 * A reading that is dear, shared by all: by those who ask while it goes on, and by those who ask while it lasts, which is so
 * many milliseconds from its end as `lasts` says for the time that it took. One that fails is not shared with whoever asks
 * after it. `now` is a clock in milliseconds that is never set. Rejects with the error of `read`.
 */
export function shareReading<T>(
  read: () => Promise<T>,
  lasts: (took: number) => number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let known: { result: T; until: number } | undefined;
  let running: Promise<T> | undefined;
  const readAnew = async () => {
    const began = now();
    const result = await read();
    const ended = now();
    known = { result, until: ended + lasts(ended - began) };
    return result;
  };
  return () => {
    if (known !== undefined && now() < known.until) return Promise.resolve(known.result);
    running ??= readAnew().finally(() => (running = undefined));
    return running;
  };
}
