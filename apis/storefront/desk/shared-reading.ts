/**
 * A reading that is dear, shared by all who ask for it within `age` ms of its begin, and by all who ask while it goes on:
 * however many ask, it is done once at a time. One that fails is not shared with whoever asks after it.
 */
export function shareReading<T>(read: () => Promise<T>, age: number, clock: () => number = Date.now): () => Promise<T> {
  let shared: { result: Promise<T>; began: number; isDone: boolean } | undefined;
  return () => {
    if (shared !== undefined && (!shared.isDone || clock() - shared.began < age)) return shared.result;
    const mine = { result: read(), began: clock(), isDone: false };
    shared = mine;
    mine.result.then(
      () => (mine.isDone = true),
      () => {
        if (shared === mine) shared = undefined;
      },
    );
    return mine.result;
  };
}
