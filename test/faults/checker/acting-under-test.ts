import { randomUUID } from 'node:crypto';
import { queryOnce } from '../../harness/databases.ts';
import { idWhere, type Planted } from './planting-under-test.ts';

/** Where the books are that know of redrives. */
export interface RedriveBooks {
  endput: string;
  log: string;
}

/**
 * Does with a dead letter of cycle 0 what operators do, in this order, without a message on its way: `set` is what the ledger
 * says then. Beside it stand operations that it was chosen for and that left it alone, which end nothing.
 */
export async function actOn(
  { endput }: RedriveBooks,
  kinds: readonly ('redrive' | 'discard' | 'restore')[],
  set: string,
): Promise<Planted> {
  const about = await idWhere(endput, 'dead_letters', "reason = 'attempts_exhausted' and state = 'dead'");
  const [before] = await queryOnce<{ row: string }>(
    endput,
    'select row_to_json(d)::text as row from dead_letters d where message_id = $1',
    [about],
  );
  const operations: string[] = [];
  const choose = async (kind: string, cycle: number, attempt: number, taken: number, state = 'waiting') => {
    const id = randomUUID();
    operations.push(id);
    await queryOnce(
      endput,
      `insert into desk_operations (id, kind, actor, taken, total) values ($1, $2, 'ada', $3, 1)`,
      [id, kind, taken],
    );
    await queryOnce(
      endput,
      `insert into desk_operation_messages (operation, seq, message_id, cycle, attempt, reason, error_kind, error_message, state)
       select $1, 1, message_id, $3, $4, reason, error_kind, error_message, $5 from dead_letters where message_id = $2`,
      [id, about, cycle, attempt, state],
    );
  };
  let cycle = 0;
  for (const kind of kinds) {
    await choose(kind, cycle, 5, 1);
    if (kind !== 'discard') cycle += 1;
  }
  await choose('redrive', 0, 7, 0);
  await choose('redrive', 0, 7, 1, 'skipped');
  await queryOnce(endput, `update dead_letters set ${set} where message_id = $1`, [about]);
  const undo = async () => {
    await queryOnce(endput, 'delete from desk_operation_messages where operation = any ($1::uuid[])', [operations]);
    await queryOnce(endput, 'delete from desk_operations where id = any ($1::uuid[])', [operations]);
    await queryOnce(endput, 'delete from dead_letters where message_id = $1', [about]);
    await queryOnce(
      endput,
      'insert into dead_letters select * from json_populate_record(null::dead_letters, $1::json)',
      [before?.row],
    );
  };
  return { about, undo };
}

/** Stores the order of a letter at the first attempt of a cycle, which is on record. */
export async function storeIn(
  { endput, log }: RedriveBooks,
  cycle: number,
  { about, undo }: Planted,
): Promise<Planted> {
  await queryOnce(
    endput,
    `insert into orders (message_id, cycle, attempt, system, database_resource, schema_resource, table_resource, source_id,
                         product, price, security_check, created_at, stored_at)
     select message_id, $2, 1, m #>> '{origin,system}', m #>> '{origin,database_resource}',
            m #>> '{origin,schema_resource}', m #>> '{origin,table_resource}', (m #>> '{order,id}')::bigint,
            m #>> '{order,product}', (m #>> '{order,price}')::numeric, (m #>> '{order,security_check}')::boolean,
            (m #>> '{order,created_at}')::timestamptz, now()
       from (select message_id, convert_from(body, 'UTF8')::jsonb as m from dead_letters where message_id = $1) l`,
    [about, cycle],
  );
  await queryOnce(
    log,
    `insert into attempts (message_id, cycle, attempt, processed_at, document)
     select message_id, $2::integer, 1, now(),
            (document::jsonb || jsonb_build_object('cycle', $2::integer, 'outcome', 'succeeded'))::json
       from attempts where message_id = $1 and cycle = 0 and attempt = 1`,
    [about, cycle],
  );
  return {
    about,
    undo: async () => {
      await queryOnce(log, 'delete from attempts where message_id = $1 and cycle = $2', [about, cycle]);
      await queryOnce(endput, 'delete from orders where message_id = $1', [about]);
      await undo();
    },
  };
}

/** Loses the record of an attempt of cycle 0. */
export async function loseRecord({ log }: RedriveBooks, attempt: number, { about, undo }: Planted): Promise<Planted> {
  const [lost] = await queryOnce<{ row: string }>(
    log,
    `delete from attempts a where message_id = $1 and cycle = 0 and attempt = $2 returning row_to_json(a)::text as row`,
    [about, attempt],
  );
  if (!lost) throw new Error(`attempt ${attempt} is not on record`);
  return {
    about,
    undo: async () => {
      await queryOnce(log, 'insert into attempts select * from json_populate_record(null::attempts, $1::json)', [
        lost.row,
      ]);
      await undo();
    },
  };
}
