import type { Fault } from './fault.ts';
import { CLOCK } from './matrix/clock.ts';
import { ENDPUT } from './matrix/endput.ts';
import { HANDLERS } from './matrix/handlers.ts';
import { MESSAGES } from './matrix/messages.ts';
import { NETWORK } from './matrix/network.ts';
import { OUTAGES } from './matrix/outages.ts';
import { PROCESSES } from './matrix/processes.ts';
import { RABBITMQ } from './matrix/rabbitmq.ts';
import { STORES } from './matrix/stores.ts';

/** Every fault that the suite tries. */
export const MATRIX: readonly Fault[] = [
  ...PROCESSES,
  ...HANDLERS,
  ...RABBITMQ,
  ...OUTAGES,
  ...ENDPUT,
  ...STORES,
  ...NETWORK,
  ...CLOCK,
  ...MESSAGES,
];
