import { condensed, decimal, isoTime } from './content.ts';
import type { SourceRow } from './evidence.ts';
import { expectationOf, type Rules } from './expectation.ts';
import { messageIdOf } from './message-id.ts';
import { CannotLookError, openSnapshot } from './postgres.ts';
import type { Sorter } from './sorter.ts';

/** A source system and its database. */
export interface Source {
  system: string;
  url: string;
}

/** Rows fetched at a time; the largest a source can hold has 160 kB. */
const FETCH = 1_000;

interface Row {
  id: string;
  product: string;
  price: string;
  security_check: boolean;
  microseconds: string;
  published: boolean;
}

/**
 * Files every row of a source under the id of its message. A row counts as published when it lies at or before the
 * furthest position that the broker confirmed, which the source database keeps beside Redis.
 * `rules` is undefined where it is not known what the handler makes of a row.
 */
export async function readSource(source: Source, rules: Rules | undefined, into: Sorter<SourceRow>): Promise<void> {
  const { system } = source;
  const snapshot = await openSnapshot(`source ${system}`, source.url);
  try {
    const [identity] = await snapshot.query<{ namespace: string; database: string; schema: string; table: string }>(`
      select s.namespace, current_database() as database, n.nspname as schema, t.relname as table
        from source_identity s, pg_class t join pg_namespace n on n.oid = t.relnamespace
       where t.oid = 'orders'::regclass`);
    if (!identity) throw new CannotLookError(`source ${system} has no identity`);
    const { namespace, ...place } = identity;
    const text = `
      select o.id::text as id, o.product, o.price::text as price, o.security_check,
             (extract(epoch from o.created_at) * 1000000)::bigint::text as microseconds,
             (o.xid, o.id) <= (p.xid, p.id) as published
        from orders o, publish_position p`;
    for await (const rows of snapshot.batches(text, FETCH, (row) => row as Row)) {
      for (const { id, product, price, security_check, microseconds, published } of rows) {
        const createdAt = isoTime(BigInt(microseconds));
        const messageId = messageIdOf(namespace, { system, table: place.table, id, createdAt });
        const expected = rules && expectationOf({ messageId, product, price, securityCheck: security_check }, rules);
        into.add(messageId, {
          content: {
            system,
            ...place,
            id,
            product: condensed(product),
            price: decimal(price),
            createdAt,
            securityCheck: security_check,
          },
          published,
          expected,
        });
      }
    }
  } finally {
    await snapshot.close();
  }
}
