import type { Pool } from '../pool.ts';
import { deadLetterCondition, type DeadLetterFilter } from './dead-letter-filter.ts';
import { LETTER_COLUMNS, placeOf, type DeadLetterRow, type LetterPlace } from './dead-letters.ts';
import { rareWordsOf } from './rare-words.ts';
import { branchesOf, type Branches } from './letter-branches.ts';

export interface LetterPageWanted {
  order: 'newest' | 'oldest';
  limit: number;
  after: LetterPlace | undefined;
}
export interface FoundLetters {
  letters: DeadLetterRow[];
  /** Where to go on; undefined where nothing is left. There may be more though this page is not full. */
  next: LetterPlace | undefined;
}

/** Rows that are looked at one by one for a page, and how often until one is found. */
const LOOKED_AT = 5_000;
const MOST_LOOKS = 4;
/** Matches that the index of products is asked for; what is rare is found by it. */
const MATCHES = 20_000;
/** Of each branch so many rows are looked at one by one, so they had better be few. */
const FEW_BRANCHES = 8;

/**
 * Dead letters that fit, by the time of their death, after a place. The time that it takes does not depend on how many
 * there are. What no index finds (words of a product that many names have, together with something that few of these
 * letters fit) is looked for a bounded number of rows at a time: the page may then have few letters, or none, and a
 * `next` all the same. Rejects with the database's error.
 */
export async function readLetterPage(
  pool: Pool,
  filter: DeadLetterFilter,
  wanted: LetterPageWanted,
): Promise<FoundLetters> {
  const { product } = filter;
  const branches = await branchesOf(pool, filter, product === undefined ? undefined : FEW_BRANCHES);
  if (product === undefined && !branches.residual) {
    return readAlong(pool, filter, branches, { ...wanted, look: wanted.limit + 1, checked: false });
  }
  // Most often a few rows are enough.
  const few = await readAlong(pool, filter, branches, { ...wanted, look: 4 * wanted.limit, checked: true });
  if (few.next === undefined || few.letters.length === wanted.limit) return few;
  const words = product === undefined ? undefined : await rareWordsOf(pool, product);
  const found = words === undefined ? undefined : await readByProduct(pool, filter, words, wanted);
  if (found !== undefined) return found;
  let looked = few;
  for (let looks = 0; looks < MOST_LOOKS && looked.letters.length === 0 && looked.next !== undefined; looks += 1) {
    looked = await readAlong(pool, filter, branches, { ...wanted, after: looked.next, look: LOOKED_AT, checked: true });
  }
  return looked;
}

/** How a page goes: which place is beyond another, and in which order. */
const directionOf = ({ order }: LetterPageWanted) =>
  order === 'newest' ? { beyond: '<', sort: 'desc', back: 'asc' } : { beyond: '>', sort: 'asc', back: 'desc' };

const beyondPlace = (table: string, beyond: string, died: string, messageId: string) =>
  `(${table}.died_at, ${table}.message_id) ${beyond} (timestamptz 'epoch' + ${died}::float8 * interval '1 microsecond', ${messageId}::uuid)`;

interface Along extends LetterPageWanted {
  /** Rows that are looked at of each branch, and of all of them together. */
  look: number;
  /** Whether each of them has to be checked against the filter. */
  checked: boolean;
}

async function readAlong(
  pool: Pool,
  filter: DeadLetterFilter,
  { states, causes }: Branches,
  along: Along,
): Promise<FoundLetters> {
  const { beyond, sort, back } = directionOf(along);
  const values: unknown[] = causes
    ? [causes.map(({ causeKey }) => causeKey), causes.map(({ state }) => state), causes.map(({ source }) => source)]
    : [states];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const branch = causes
    ? 'unnest($1::uuid[], $2::text[], $3::text[]) as b (cause_key, state, source)'
    : 'unnest($1::text[]) as b (state)';
  const conditions = causes
    ? ['d.cause_key = b.cause_key', 'd.state = b.state', 'd.source = b.source']
    : ['d.state = b.state'];
  const { after } = along;
  if (after) conditions.push(beyondPlace('d', beyond, parameter(after.died), parameter(after.messageId)));
  if (filter.diedFrom !== undefined) conditions.push(`d.died_at >= ${parameter(filter.diedFrom)}`);
  if (filter.diedBefore !== undefined) conditions.push(`d.died_at < ${parameter(filter.diedBefore)}`);
  const look = parameter(along.look);
  const limit = parameter(along.limit + 1);
  const check = along.checked ? deadLetterCondition(filter, values.length + 1) : { sql: 'true', values: [] };
  const { rows } = await pool.query<DeadLetterRow & { end: LetterPlace | null }>(
    `with looked as materialized (
       select l.* from ${branch} cross join lateral (
         select d.died_at, d.message_id from dead_letters d where ${conditions.join(' and ')}
          order by d.died_at ${sort}, d.message_id ${sort} limit ${look}) l
        order by l.died_at ${sort}, l.message_id ${sort} limit ${look}
     ), looked_to as (
       select ${placeOf('l')} as place from looked l
        where (select count(*) from looked) = ${look} order by l.died_at ${back}, l.message_id ${back} limit 1
     ), fitting as (
       select ${LETTER_COLUMNS}, d.died_at, d.message_id
         from looked l cross join lateral (select * from dead_letters where message_id = l.message_id offset 0) d
        where ${check.sql}
        order by d.died_at ${sort}, d.message_id ${sort} limit ${limit}
     )
     select f.*, t.place as end from (select) as one left join looked_to t on true left join fitting f on true
      order by f.died_at ${sort}, f.message_id ${sort}`,
    [...values, ...check.values],
  );
  const letters = rows.filter(({ messageId }) => (messageId as string | null) !== null);
  return pageOf(letters, along.limit, rows[0]?.end ?? undefined);
}

/** By the index of products; undefined where more match than it is asked for. */
async function readByProduct(
  pool: Pool,
  filter: DeadLetterFilter,
  words: string,
  wanted: LetterPageWanted,
): Promise<FoundLetters | undefined> {
  const { beyond, sort } = directionOf(wanted);
  const check = deadLetterCondition(filter, 5);
  const { after } = wanted;
  const { rows } = await pool.query<DeadLetterRow & { matched: number }>(
    `with matching as materialized (
       select message_id from dead_letters where product_terms @@ product_query($1) limit ${MATCHES}
     ), fitting as (
       select ${LETTER_COLUMNS}, d.died_at, d.message_id
         from matching m cross join lateral (select * from dead_letters where message_id = m.message_id offset 0) d
        where ${check.sql} and ($2::text is null or ${beyondPlace('d', beyond, '$2', '$3')})
        order by d.died_at ${sort}, d.message_id ${sort} limit $4
     )
     select f.*, c.matched from (select count(*)::integer as matched from matching) c left join fitting f on true
      order by f.died_at ${sort}, f.message_id ${sort}`,
    [words, after?.died ?? null, after?.messageId ?? null, wanted.limit + 1, ...check.values],
  );
  if ((rows[0]?.matched ?? 0) >= MATCHES) return undefined;
  return pageOf(
    rows.filter(({ messageId }) => (messageId as string | null) !== null),
    wanted.limit,
    undefined,
  );
}

/** A page of rows, of which one more than asked for was read; `end` is where to go on where there are not so many. */
function pageOf(rows: DeadLetterRow[], limit: number, end: LetterPlace | undefined): FoundLetters {
  const letters = rows.slice(0, limit);
  return { letters, next: rows.length > limit ? letters.at(-1)?.place : end };
}
