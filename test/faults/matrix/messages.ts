import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { toPublication } from '../../../apis/source-system/order-publication.ts';
import { createPool } from '../../../db/pool.ts';
import { readPublishPosition } from '../../../db/source/publish-position.ts';
import { readPublishableOrders } from '../../../db/source/publishable-orders.ts';
import { readSourceIdentity } from '../../../db/source/source-identity.ts';
import { eventually } from '../../harness/eventually.ts';
import { paddedBody } from '../../harness/padded-body.ts';
import { withChannel } from '../../harness/vhosts.ts';
import type { Fault } from '../fault.ts';
import type { Running } from '../running.ts';

/** Bytes of a body that a consumer takes, see docs/message.md. */
const MOST = 256 * 1024;
/** Larger ones the broker still takes. */
const BODIES = [1, 2, 3, 10, 100, 1_000, 10_000, 100_000, MOST - 1, MOST, MOST + 1, 1024 * 1024, 8 * 1024 * 1024];
/** Of valid orders, whose body says more than readers read. */
const PADDED = [MOST - 1, MOST];
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
      const padded = await paddedOrders(running);
      await withChannel(running.urls.rabbitmq, async (channel) => {
        for (const size of BODIES) {
          channel.sendToQueue('primary_queue', randomBytes(size).fill('#', 0, 1), { persistent: true });
        }
        for (const body of padded) channel.sendToQueue('primary_queue', body, { persistent: true });
        await channel.waitForConfirms();
      });
      // Before its source has published them: what is stored is what is padded.
      await eventually(async () => {
        const stored = await running.endput<{ product: string }>(
          `select product from orders where product like 'padded %' order by product`,
        );
        const wanted = PADDED.map(nameOf);
        if (stored.map(({ product }) => product).join() !== wanted.join()) {
          throw new Error(`of ${wanted.join(', ')} stored are ${stored.map(({ product }) => product).join(', ')}`);
        }
      }, 120_000);
    },
    async expect(running) {
      const dead = await running.endput<{ reason: string; size: number; error: string }>(
        `select reason, length(body) as size, substring(error_message from '^the body (?:is not JSON|has [0-9]+ bytes)') as error
           from dead_letters where source = 'unknown' order by size`,
      );
      const wanted = [...BODIES, MOST + 1]
        .sort((a, b) => a - b)
        .map((size) => ({
          reason: 'invalid_message',
          size,
          error: size > MOST ? `the body has ${size} bytes` : 'the body is not JSON',
        }));
      if (JSON.stringify(dead) !== JSON.stringify(wanted)) throw new Error(`dead are ${JSON.stringify(dead)}`);
    },
  },
];

const nameOf = (size: number) => `padded to ${size} bytes`;

/**
 * The orders of new rows of the first source, each padded to the size that its product names; the last one once more, with a
 * byte more than is taken. The source publishes them when a run is ordered, and none is under way now.
 */
async function paddedOrders(running: Running): Promise<Buffer[]> {
  await running.untilPublished();
  for (const size of PADDED) await running.insertRow(nameOf(size), '1.00', true);
  const pool = createPool(running.urls.sources[0] ?? '', { name: 'test', logger: pino({ level: 'silent' }) });
  try {
    const identity = await readSourceIdentity(pool);
    const rows = await readPublishableOrders(pool, await readPublishPosition(pool), PADDED.length);
    const stamp = { system: running.systemName(0), identity, simulation: { enabled: true, maxAttempts: 5 } };
    const sizes = [...PADDED, MOST + 1];
    return sizes.map((size, index) => {
      const row = rows[Math.min(index, PADDED.length - 1)];
      if (!row) throw new Error('a row was published already');
      return paddedBody(JSON.parse(toPublication(row, stamp).body.toString()) as object, size);
    });
  } finally {
    await pool.end();
  }
}
