import { setFlagsFromString } from 'node:v8';

/** Percent by which the heap may grow over what was alive at the last full collection, before the next one. */
const GROWTH = 40;

/**
 * Makes V8 collect sooner. A process that handles a steady stream leaves much behind that outlived a young collection,
 * and by default the heap doubles and more before it is looked at: 370 MB for 25 MB that are alive, measured on Node 24,
 * against 230 MB with this, at a few percent more CPU. V8 reads the flag at each collection, so it may be set while it runs.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
