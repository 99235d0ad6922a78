import { queryOnce } from './databases.ts';
import type { System } from './system.ts';

/** What endput holds at the end of a scenario. */
export interface Books extends Record<string, number> {
  stored: number;
  dead: number;
  /** Retries that still wait. */
  waiting: number;
  /** Attempts that its rows and dead letters took, by their positions. */
  attempts: number;
}

export async function readBooks(system: System): Promise<Books> {
  const [books] = await queryOnce<Books>(
    system.urls.endput,
    `select (select count(*)::int from orders) as stored,
            (select count(*)::int from dead_letters where state = 'dead') as dead,
            (select count(*)::int from retries) as waiting,
            (select (coalesce((select sum(attempt) from orders), 0)
                   + coalesce((select sum(attempt) from dead_letters), 0))::int) as attempts`,
  );
  if (!books) throw new Error('endput gave no books');
  return books;
}

/** Rows of the attempt log, without those that have expired. */
export async function countLogRows(system: System): Promise<number> {
  const [row] = await queryOnce<{ rows: number }>(system.urls.attemptLog, 'select count(*)::int as rows from attempts');
  return row?.rows ?? 0;
}
