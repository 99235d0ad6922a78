import { randomUUID } from 'node:crypto';
import { toPublication } from '../../apis/source-system/order-publication.ts';
import type { Publication } from '../../rabbitmq/publisher.ts';

/** Share of orders whose security check passed, as in the sample. */
export const POSITIVE_SHARE = 0.7;

/**
 * Makes messages as a source publishes them, to the byte: of made-up rows, numbered from 1. With `failures` they ask for
 * failed attempts, as in the demonstration.
 */
export function createMadeUpPublications(options: { failures: boolean; maxAttempts: number }) {
  const stamp = {
    system: 'system_1',
    identity: {
      namespace: randomUUID(),
      database_resource: 'db_postgres_1',
      schema_resource: 'public',
      table_resource: 'orders',
    },
    simulation: { enabled: options.failures, maxAttempts: options.maxAttempts },
  };
  let id = 0;
  return (count: number): Publication[] =>
    Array.from({ length: count }, () => {
      id += 1;
      const row = {
        id,
        product: `Product ${1 + ((id * 7_919) % 99_999)}`,
        price: (1 + ((id * 104_729) % 99_899) / 100).toFixed(2),
        security_check: id % 10 < POSITIVE_SHARE * 10,
        created_at: new Date().toISOString().replace('Z', '123Z'),
        xid: '0',
      };
      return toPublication(row, stamp);
    });
}
