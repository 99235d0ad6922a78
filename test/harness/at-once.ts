import { availableParallelism } from 'node:os';

/** Test files that run at once: they wait for servers more than they compute, so there are more of them than cores. */
export const AT_ONCE = availableParallelism() + 1;
