import type { Pool } from '../pool.ts';
import type { DeadLetterFilter } from './dead-letter-filter.ts';
import type { DeadLetterReason, LedgerState } from './standings.ts';

/**
 * How a filter is answered quickly, whatever it asks for and however many dead letters there are: the ledger is read along
 * branches. A branch holds the letters of one state, or those of one cause, state and source, by the time of their death,
 * and each is a piece of one index. What a filter asks for is a handful of branches (a cause has one reason), so a page
 * of it is merged from their ends; nothing is read that is not shown.
 */
export interface Branches {
  states: LedgerState[];
  /** Undefined where the branches are whole states. */
  causes: { causeKey: string; state: LedgerState; source: string }[] | undefined;
  /** Whether the branches hold more than the filter asks for, products and times aside: their rows must be checked. */
  residual: boolean;
}

const LEDGER_STATES: readonly LedgerState[] = ['dead', 'redriving', 'discarded', 'resolved'];

/** More branches than that are not merged: that many causes mean that messages of errors differ in ways that are not known. */
const MOST_BRANCHES = 500;

/** The states that a filter asks for. */
export const statesOf = ({ state }: DeadLetterFilter): LedgerState[] =>
  state === undefined ? [...LEDGER_STATES] : [state];

/** How a filter is answered along branches; `most` is how many may be merged. */
export async function branchesOf(pool: Pool, filter: DeadLetterFilter, most = MOST_BRANCHES): Promise<Branches> {
  const states = statesOf(filter);
  const { causeKey, source, reason } = filter;
  if (causeKey === undefined && source === undefined && reason === undefined) {
    return { states, causes: undefined, residual: false };
  }
  const causes = await readBranches(pool, filter);
  return causes === undefined || causes.length > most
    ? { states, causes: undefined, residual: true }
    : { states, causes, residual: false };
}

interface Branch {
  causeKey: string;
  state: LedgerState;
  source: string;
  reason: DeadLetterReason;
}

/** The branches that hold what a filter asks for, products and times aside; undefined where the ledger has too many. */
export async function readBranches(pool: Pool, filter: DeadLetterFilter): Promise<Branch[] | undefined> {
  const { causeKey, source, reason } = filter;
  // From each branch to the next by one look into the index.
  const { rows } = await pool.query<Branch>({
    name: causeKey === undefined ? 'read_branches' : 'read_branches_of_cause',
    text: `
      with recursive branch as (
        (select cause_key, state, source, reason from dead_letters
          ${causeKey === undefined ? '' : 'where cause_key = $1::uuid'}
          order by cause_key, state, source limit 1)
        union all
        select next.* from branch b cross join lateral (
          select d.cause_key, d.state, d.source, d.reason from dead_letters d
           where (d.cause_key, d.state, d.source) > (b.cause_key, b.state, b.source)
             ${causeKey === undefined ? '' : 'and d.cause_key = $1::uuid'}
           order by d.cause_key, d.state, d.source limit 1) next
      )
      select cause_key as "causeKey", state, source, reason from branch limit ${MOST_BRANCHES + 1}`,
    values: causeKey === undefined ? [] : [causeKey],
  });
  if (rows.length > MOST_BRANCHES) return undefined;
  const states = statesOf(filter);
  return rows.filter(
    (one) =>
      states.includes(one.state) &&
      (source === undefined || one.source === source) &&
      (reason === undefined || one.reason === reason),
  );
}
