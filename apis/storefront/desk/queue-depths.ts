import type { BrokerConnection } from '../../../rabbitmq/connection.ts';
import { readInHand } from '../../../rabbitmq/in-hand.ts';
import type { Management } from '../../../rabbitmq/management.ts';
import { readQueueDepth } from '../../../rabbitmq/queue-depth.ts';
import { DEAD_LETTER_QUEUE, PRIMARY_QUEUE } from '../../../rabbitmq/topology.ts';
import { inTime } from '../in-time.ts';

/** Messages ready in the queues; undefined where the broker does not answer. */
export interface Depths {
  primary: number | undefined;
  deadLetters: number | undefined;
}

/** Milliseconds that the broker may take. */
const PATIENCE = 3_000;

/** How deep the queues are, asked over the connection that the storefront has anyway. */
export function createQueueDepths(management: Pick<Management, 'call' | 'vhost'>) {
  let connection: BrokerConnection | undefined;
  return {
    /** Told of the connection when it is there, and when it is gone. */
    onConnection: (current: BrokerConnection | undefined): void => {
      connection = current;
    },
    /** Never rejects. */
    async read(): Promise<Depths> {
      const open = connection;
      if (open === undefined) return { primary: undefined, deadLetters: undefined };
      const ask = (queue: string) => inTime(readQueueDepth(open, queue), PATIENCE);
      const [primary, deadLetters] = await Promise.all([ask(PRIMARY_QUEUE), ask(DEAD_LETTER_QUEUE)]);
      return { primary, deadLetters };
    },
    /** Messages of `primary_queue` that consumers have in hand, see `readInHand`. */
    readInHand: (): Promise<number | undefined> => readInHand(management, PRIMARY_QUEUE),
  };
}
export type QueueDepths = ReturnType<typeof createQueueDepths>;
