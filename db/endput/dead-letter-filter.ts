import type { LedgerState } from './standings.ts';

/** Which dead letters are meant: all that fit every field that is given. */
export interface DeadLetterFilter {
  state?: LedgerState;
  source?: string;
  reason?: string;
  /** Key of a cause: "the same error". */
  causeKey?: string;
  /** Words of the product's name, of which each may be the beginning of one. */
  product?: string;
  /** Died at this time or later; and before this time. */
  diedFrom?: Date;
  diedBefore?: Date;
}

/**
 * The filter as a condition on table `dead_letters d`, and the values of its parameters, which are numbered from
 * `first`. Without any field the condition is `true`.
 */
export function deadLetterCondition(filter: DeadLetterFilter, first: number): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${first - 1 + values.push(value)}`;
  const conditions: string[] = [];
  if (filter.state !== undefined) conditions.push(`d.state = ${parameter(filter.state)}`);
  if (filter.source !== undefined) conditions.push(`d.source = ${parameter(filter.source)}`);
  if (filter.reason !== undefined) conditions.push(`d.reason = ${parameter(filter.reason)}`);
  if (filter.causeKey !== undefined) conditions.push(`d.cause_key = ${parameter(filter.causeKey)}::uuid`);
  if (filter.product !== undefined) {
    conditions.push(`d.product_terms @@ product_query(${parameter(filter.product)})`);
  }
  if (filter.diedFrom !== undefined) conditions.push(`d.died_at >= ${parameter(filter.diedFrom)}`);
  if (filter.diedBefore !== undefined) conditions.push(`d.died_at < ${parameter(filter.diedBefore)}`);
  return { sql: conditions.join(' and ') || 'true', values };
}
