import type { Pool } from '../pool.ts';
import { deadLetterCondition, type DeadLetterFilter } from './dead-letter-filter.ts';
import { rareWordsOf } from './rare-words.ts';
import { readBranches, statesOf } from './letter-branches.ts';

/** How many dead letters of one cause, state and source there are. */
export interface LetterCount {
  causeKey: string;
  state: string;
  source: string;
  letters: number;
  /** When the first of them died, and the one that died last: where they were read one by one. */
  ends?: LetterEnds;
}
export interface LetterEnds {
  firstDiedAt: Date;
  last: string;
}
export interface CountedLetters {
  counts: LetterCount[];
  /** False where not all were counted: numbers are then too low, and causes may be missing. */
  complete: boolean;
}

/** Causes by source that are read of the totals, the largest. */
const MOST_COUNTS = 10_000;
/** Rows that are counted one by one where times are asked for; those of a branch are counted to at least this. */
const COUNTED_ROWS = 150_000;
const COUNTED_OF_BRANCH = 1_000;
/** Rows that are looked at where words of a product are asked for. */
const LOOKED_AT = 10_000;

/**
 * Counts what a filter asks for, by cause, state and source; of the ways to do it the one that reads least. Without times
 * and products that is the totals, which are a moment behind (`count-on.ts`). Rejects with the database's error.
 */
export function countLetters(pool: Pool, filter: DeadLetterFilter): Promise<CountedLetters> {
  if (filter.product !== undefined) return countByProduct(pool, filter, filter.product);
  if (filter.diedFrom !== undefined || filter.diedBefore !== undefined) return countAlongBranches(pool, filter);
  return countByTotals(pool, filter);
}

async function countByTotals(pool: Pool, filter: DeadLetterFilter): Promise<CountedLetters> {
  const { rows } = await pool.query<LetterCount>({
    name: 'count_letters_by_totals',
    text: `
      select cause_key as "causeKey", state, source, letters::float8 as letters
        from cause_totals
       where letters > 0 and state = any ($1) and ($2::text is null or source = $2)
         and ($3::text is null or reason = $3) and ($4::uuid is null or cause_key = $4)
       order by cause_totals.letters desc limit ${MOST_COUNTS + 1}`,
    values: [statesOf(filter), filter.source ?? null, filter.reason ?? null, filter.causeKey ?? null],
  });
  return { counts: rows.slice(0, MOST_COUNTS), complete: rows.length <= MOST_COUNTS };
}

/**
 * Each branch from its newest row that fits, as far as there is time for; where there are too many of them, those that do not
 * fit are taken off its total, as far as there is time for.
 */
async function countAlongBranches(pool: Pool, filter: DeadLetterFilter): Promise<CountedLetters> {
  const branches = await readBranches(pool, filter);
  if (branches === undefined) return countNewest(pool, filter);
  const most = Math.max(COUNTED_OF_BRANCH, Math.floor(COUNTED_ROWS / Math.max(1, branches.length)));
  const counted = (fitting: string) => `(
    select count(*)::integer as letters from (
      select from dead_letters d
       where d.cause_key = b.cause_key and d.state = b.state and d.source = b.source and ${fitting}
       order by d.died_at desc limit $6) as fitting)`;
  const { rows } = await pool.query<LetterCount & { isWhole: boolean }>({
    name: 'count_letters_along_branches',
    text: `
      select b.cause_key as "causeKey", b.state, b.source, coalesce(c.letters, $6::integer) as letters,
             c.letters is not null as "isWhole"
        from unnest($1::uuid[], $2::text[], $3::text[]) as b (cause_key, state, source)
             cross join lateral ${counted(
               `d.died_at >= coalesce($4::timestamptz, '-infinity') and d.died_at < coalesce($5::timestamptz, 'infinity')`,
             )} i
             cross join lateral (
               select case when i.letters < $6 then i.letters else (
                 select greatest(i.letters, t.letters - earlier.letters - later.letters)::integer
                   from cause_totals t, ${counted('d.died_at < $4::timestamptz')} earlier,
                        ${counted('d.died_at >= $5::timestamptz')} later
                  where t.cause_key = b.cause_key and t.state = b.state and t.source = b.source
                    and earlier.letters < $6 and later.letters < $6) end as letters) c
       where i.letters > 0`,
    values: [
      branches.map(({ causeKey }) => causeKey),
      branches.map(({ state }) => state),
      branches.map((branch) => branch.source),
      filter.diedFrom ?? null,
      filter.diedBefore ?? null,
      most,
    ],
  });
  return {
    counts: rows.map(({ causeKey, state, source: of, letters }) => ({ causeKey, state, source: of, letters })),
    complete: rows.every(({ isWhole }) => isWhole),
  };
}

/** SQL that counts rows one by one. */
const COUNT_ROWS = `
  d.cause_key as "causeKey", d.state, d.source, count(*)::integer as letters, min(d.died_at) as "firstDiedAt",
  (array_agg(d.message_id order by d.died_at desc))[1] as last`;
type CountedRow = Omit<LetterCount, 'ends'> & LetterEnds;
const countOf = ({ firstDiedAt, last, causeKey, state, source, letters }: CountedRow): LetterCount => ({
  ...{ causeKey, state, source, letters },
  ends: { firstDiedAt, last },
});

/** What is rare is found by the index of products; of what is common the newest rows are counted. */
async function countByProduct(pool: Pool, filter: DeadLetterFilter, product: string): Promise<CountedLetters> {
  const words = await rareWordsOf(pool, product);
  if (words === undefined) return countNewest(pool, filter);
  const { sql, values } = deadLetterCondition(filter, 2);
  const { rows } = await pool.query<CountedRow & { matched: number }>(
    `with matching as materialized (
       select message_id from dead_letters where product_terms @@ product_query($1) limit ${LOOKED_AT}
     )
     select ${COUNT_ROWS},
            (select count(*)::integer from matching) as matched
       from matching m cross join lateral (select * from dead_letters where message_id = m.message_id offset 0) d
      where ${sql}
      group by d.cause_key, d.state, d.source`,
    [words, ...values],
  );
  if ((rows[0]?.matched ?? 0) >= LOOKED_AT) return countNewest(pool, filter);
  return { counts: rows.map(countOf), complete: true };
}

async function countNewest(pool: Pool, filter: DeadLetterFilter): Promise<CountedLetters> {
  const { sql, values } = deadLetterCondition(filter, 4);
  const { rows } = await pool.query<CountedRow & { looked: number }>(
    `with looked as materialized (
       select l.* from unnest($1::text[]) as s (state) cross join lateral (
         select d.died_at, d.message_id from dead_letters d
          where d.state = s.state and d.died_at >= coalesce($2::timestamptz, '-infinity')
            and d.died_at < coalesce($3::timestamptz, 'infinity')
          order by d.died_at desc, d.message_id desc limit ${LOOKED_AT}) l
        order by l.died_at desc, l.message_id desc limit ${LOOKED_AT}
     ), counted as (
       select ${COUNT_ROWS}
         from looked l cross join lateral (select * from dead_letters where message_id = l.message_id offset 0) d
        where ${sql}
        group by d.cause_key, d.state, d.source
     )
     select c.*, (select count(*)::integer from looked) as looked from (select) as one left join counted c on true`,
    [statesOf(filter), filter.diedFrom ?? null, filter.diedBefore ?? null, ...values],
  );
  return {
    counts: rows.filter(({ causeKey }) => (causeKey as string | null) !== null).map(countOf),
    complete: (rows[0]?.looked ?? 0) < LOOKED_AT,
  };
}
