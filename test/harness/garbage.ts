import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Resolves with whether nothing refers any more to what a reference points at. */
export async function isForgotten(reference: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 10 && reference.deref() !== undefined; turn += 1) {
    // What was looked at in a turn of the event loop is kept until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return reference.deref() === undefined;
}
