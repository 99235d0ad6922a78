import { randomBytes } from 'node:crypto';
import { withChannel } from '../../harness/vhosts.ts';
import type { Fault } from '../fault.ts';

/** Bytes of a body that a consumer takes, see docs/message.md. */
const MOST = 256 * 1024;
/** Larger ones the broker still takes. */
const BODIES = [1, 2, 3, 10, 100, 1_000, 10_000, 100_000, MOST - 1, MOST, MOST + 1, 1024 * 1024, 8 * 1024 * 1024];
/** Characters of a product name, the longest that an import takes included. */
const LENGTHS = [1, 2, 10, 100, 1_000, 5_000, 9_999, 10_000];
const CHARACTERS = ['x', '"', '\\', '\u0001', 'é', '漢', '\u{1f600}'];

/** What flows is of every size. */
export const MESSAGES: readonly Fault[] = [
  {
    name: 'messages of 1 byte to beyond the size limit',
    sees: 'Valid ones are stored, the others are dead: `invalid_message`.',
    differs: false,
    isShort: true,
    rows: LENGTHS.flatMap((length) =>
      CHARACTERS.map((one) => [one.repeat(Math.ceil(length / one.length)).slice(0, length), '1.00', true] as const),
    ).filter(([product]) => product.isWellFormed()),
    async inflict(running) {
      await withChannel(running.urls.rabbitmq, async (channel) => {
        for (const size of BODIES) {
          channel.sendToQueue('primary_queue', randomBytes(size).fill('#', 0, 1), { persistent: true });
        }
        await channel.waitForConfirms();
      });
      await running.untilMoreSettled(BODIES.length);
    },
    async expect(running) {
      const dead = await running.endput<{ reason: string; size: number }>(
        `select reason, length(body) as size from dead_letters where source = 'unknown' order by size`,
      );
      const wanted = BODIES.map((size) => ({ reason: 'invalid_message', size }));
      if (JSON.stringify(dead) !== JSON.stringify(wanted)) throw new Error(`dead are ${JSON.stringify(dead)}`);
    },
  },
];
