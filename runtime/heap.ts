import { setFlagsFromString } from 'node:v8';

/** Percent by which the heap may grow over what was alive at the last full collection, before the next one. */
const GROWTH = 100;

/**
 * Makes V8 collect sooner. A process that handles a steady stream leaves much behind that outlived a young collection, and
 * by default V8 looks at it late: the consumer peaked at 250 to 370 MB for 25 MB that were alive, and at 195 MB with this
 * and a young generation of 16 MiB, at the same throughput. V8 reads the flag at each collection, so it may be set here.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
