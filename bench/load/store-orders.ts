import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createEndputPool } from '../../db/endput/pool.ts';
import { writeSettlement, type StoredOrder } from '../../db/endput/settlement.ts';

/** Orders of a transaction, as a consumer stores them. */
const BATCH = 100;
const PRODUCTS = 5_000;

/** Stores made-up orders in endput, so many a second, as a consumer would, until it is told to stop. */
export async function storeOrdersAtRate(url: string, rate: number, until: AbortSignal): Promise<void> {
  const pool = createEndputPool(url, { name: 'bench', logger: pino({ level: 'warn' }), max: 1 });
  const began = performance.now();
  const isOver = () => until.aborted;
  try {
    for (let stored = 0; !isOver();) {
      const due = ((performance.now() - began) / 1000) * rate;
      for (; stored + BATCH <= due && !isOver(); stored += BATCH) {
        const orders = Array.from({ length: BATCH }, (_, index) => madeUpOrder(stored + index));
        await writeSettlement(pool, { stored: orders, retries: [], deadLetters: [] });
      }
      await sleep(20);
    }
  } finally {
    await pool.end();
  }
}

function madeUpOrder(n: number): StoredOrder {
  return {
    messageId: randomUUID(),
    position: { cycle: 0, attempt: 1 + (n % 5) },
    at: new Date(),
    order: {
      ...{ system: `system_${1 + (n % 2)}`, databaseResource: 'db_postgres_1', schemaResource: 'public' },
      ...{ tableResource: 'orders', sourceId: n, product: `Product ${Math.floor(Math.random() * PRODUCTS)}` },
      ...{ price: '274.00', securityCheck: true, createdAt: '2024-01-16T17:51:41.887123Z' },
    },
  };
}
