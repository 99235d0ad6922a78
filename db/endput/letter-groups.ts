import type { Pool } from '../pool.ts';
import { countLetters, type LetterCount, type LetterEnds } from './count-letters.ts';
import type { DeadLetterFilter } from './dead-letter-filter.ts';
import type { DeadLetterReason } from './standings.ts';

/** Dead letters of one cause. */
export interface LetterGroup extends CountedGroup, GroupDescription {}

interface CountedGroup {
  causeKey: string;
  letters: number;
  /** By name. */
  sources: { source: string; letters: number }[];
}

interface GroupDescription {
  cause: string;
  reason: DeadLetterReason;
  errorKind: string;
  firstDiedAt: Date;
  lastDiedAt: Date;
  /** The one that died last. */
  example: { messageId: string; product: string | null; errorMessage: string };
}

/** A place in the order largest first. */
export interface GroupPlace {
  letters: number;
  causeKey: string;
}

export interface FoundGroups {
  groups: LetterGroup[];
  next: GroupPlace | undefined;
  /** False where not all were counted: numbers are then too low, and groups may be missing. */
  complete: boolean;
}

/**
 * The groups of what a filter asks for, largest first, after a place. The time that it takes does not depend on how many
 * dead letters there are: see `count-letters.ts`. Rejects with the database's error.
 */
export async function readLetterGroups(
  pool: Pool,
  filter: DeadLetterFilter,
  limit: number,
  after?: GroupPlace,
): Promise<FoundGroups> {
  const { counts, complete } = await countLetters(pool, filter);
  const groups = groupsOf(counts).sort(compare);
  const rest = after === undefined ? groups : groups.filter((group) => compare(group, after) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const keys = new Set(page.map(({ causeKey }) => causeKey));
  const branches = counts.filter(({ causeKey }) => keys.has(causeKey));
  const described = await describe(pool, branches, filter);
  return {
    groups: page.flatMap((group) => {
      // Totals are a moment behind: the last of the group may have left it since.
      const description = described.get(group.causeKey);
      return description === undefined ? [] : [{ ...group, ...description }];
    }),
    next: rest.length > limit && last ? { letters: last.letters, causeKey: last.causeKey } : undefined,
    complete,
  };
}

const compare = (a: GroupPlace, b: GroupPlace): number =>
  b.letters - a.letters || (a.causeKey < b.causeKey ? -1 : a.causeKey > b.causeKey ? 1 : 0);

function groupsOf(counts: readonly LetterCount[]): CountedGroup[] {
  const groups = new Map<string, { letters: number; sources: Map<string, number> }>();
  for (const { causeKey, source, letters } of counts) {
    const group = groups.get(causeKey) ?? { letters: 0, sources: new Map<string, number>() };
    group.letters += letters;
    group.sources.set(source, (group.sources.get(source) ?? 0) + letters);
    groups.set(causeKey, group);
  }
  return [...groups].map(([causeKey, { letters, sources }]) => ({
    causeKey,
    letters,
    sources: [...sources]
      .map(([source, ofSource]) => ({ source, letters: ofSource }))
      .sort((a, b) => (a.source < b.source ? -1 : 1)),
  }));
}

/** What groups are about: when they began, and their last letters. */
async function describe(pool: Pool, branches: readonly LetterCount[], filter: DeadLetterFilter) {
  const known = branches.flatMap(({ causeKey, ends }) => (ends ? [{ causeKey, ...ends }] : []));
  const ends = known.length === branches.length ? known : await readEnds(pool, branches, filter);
  const { rows } = await pool.query<GroupDescription & { causeKey: string }>({
    name: 'describe_groups',
    text: `
      select distinct on (e.cause_key) e.cause_key as "causeKey", d.cause, d.reason, d.error_kind as "errorKind",
             min(e.first_died_at) over (partition by e.cause_key) as "firstDiedAt", d.died_at as "lastDiedAt",
             json_build_object('messageId', d.message_id, 'product', d.product, 'errorMessage', d.error_message) as example
        from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) as e (cause_key, first_died_at, last)
             join dead_letters d on d.message_id = e.last and d.cause_key = e.cause_key
       order by e.cause_key, d.died_at desc, d.message_id`,
    values: [
      ends.map(({ causeKey }) => causeKey),
      ends.map(({ firstDiedAt }) => firstDiedAt),
      ends.map(({ last }) => last),
    ],
  });
  return new Map(rows.map(({ causeKey, ...description }) => [causeKey, description]));
}

/** The two ends of each branch, in the time that is asked for. */
async function readEnds(pool: Pool, branches: readonly LetterCount[], filter: DeadLetterFilter) {
  const end = (sort: 'asc' | 'desc') => `
    select d.died_at, d.message_id from dead_letters d
     where d.cause_key = b.cause_key and d.state = b.state and d.source = b.source
       and d.died_at >= coalesce($4::timestamptz, '-infinity') and d.died_at < coalesce($5::timestamptz, 'infinity')
     order by d.died_at ${sort}, d.message_id ${sort} limit 1`;
  const { rows } = await pool.query<{ causeKey: string } & LetterEnds>({
    name: 'read_ends_of_branches',
    text: `
      select b.cause_key as "causeKey", first.died_at as "firstDiedAt", last.message_id as last
        from unnest($1::uuid[], $2::text[], $3::text[]) as b (cause_key, state, source)
             cross join lateral (${end('asc')}) first cross join lateral (${end('desc')}) last`,
    values: [
      branches.map(({ causeKey }) => causeKey),
      branches.map(({ state }) => state),
      branches.map(({ source }) => source),
      filter.diedFrom ?? null,
      filter.diedBefore ?? null,
    ],
  });
  return rows;
}
