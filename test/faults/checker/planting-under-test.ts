import type { GetMessage } from 'amqplib';
import { queryOnce } from '../../harness/databases.ts';
import { publishByHand, withChannel } from '../../harness/vhosts.ts';

/** A fault that was planted: whom it is about, and how to take it back. */
export interface Planted {
  about: string;
  undo: () => Promise<unknown>;
}

interface Found {
  row: string;
  message_id: string;
}

/** One row that meets a condition, as JSON. Rejects where there is none. */
async function find(url: string, table: string, condition: string): Promise<Found> {
  const [found] = await queryOnce<Found>(
    url,
    `select row_to_json(t)::text as row, row_to_json(t) ->> 'message_id' as message_id
       from ${table} t where ${condition} limit 1`,
  );
  if (!found) throw new Error(`no row of ${table} where ${condition}`);
  return found;
}

const insert = (url: string, table: string, row: string) =>
  queryOnce(url, `insert into ${table} select * from json_populate_record(null::${table}, $1::json)`, [row]);

/** The message id of one row that meets a condition. */
export const idWhere = async (url: string, table: string, condition = 'true'): Promise<string> =>
  (await find(url, table, condition)).message_id;

/** Deletes one row. */
export async function takeOut(url: string, table: string, condition = 'true'): Promise<Planted> {
  const { row, message_id } = await find(url, table, condition);
  // Of the same columns, so it is this row.
  await queryOnce(url, `delete from ${table} t where row_to_json(t)::text = $1`, [row]);
  return { about: message_id, undo: () => insert(url, table, row) };
}

/** Changes a column of one row; `value` is SQL. */
export async function change(
  url: string,
  table: string,
  condition: string,
  column: string,
  value: string,
): Promise<Planted> {
  const { row, message_id } = await find(url, table, condition);
  const [changed] = await queryOnce<{ row: string }>(
    url,
    `update ${table} t set ${column} = ${value} where row_to_json(t)::text = $1 returning row_to_json(t)::text as row`,
    [row],
  );
  const undo = async () => {
    await queryOnce(url, `delete from ${table} t where row_to_json(t)::text = $1`, [changed?.row]);
    await insert(url, table, row);
  };
  return { about: message_id, undo };
}

/** Stores an order again, under another id. */
export async function copyOrder(endput: string, to: string, from: string): Promise<Planted> {
  await queryOnce(
    endput,
    `insert into orders select $1::uuid, cycle, attempt, system, database_resource, schema_resource, table_resource,
            source_id, product, price, security_check, created_at, stored_at from orders where message_id = $2`,
    [to, from],
  );
  return { about: to, undo: () => queryOnce(endput, 'delete from orders where message_id = $1', [to]) };
}

const idOf = (message: GetMessage): string => String(message.properties.messageId);

/** Takes the first message out of `dlq_queue`, or the one with this id; the others go back. */
export function takeFromQueue(broker: string, messageId?: string): Promise<GetMessage> {
  return withChannel(broker, async (channel) => {
    for (let message = await channel.get('dlq_queue'); message !== false; message = await channel.get('dlq_queue')) {
      if (messageId !== undefined && idOf(message) !== messageId) continue;
      channel.ack(message);
      // Closing the connection would overtake the acknowledgement; a question on its channel does not.
      await channel.checkQueue('dlq_queue');
      return message;
    }
    throw new Error('it is not in dlq_queue');
  });
}

export const putIntoQueue = (broker: string, content: Buffer, messageId: string, headers: object): Promise<void> =>
  publishByHand(broker, 'dlq_queue', content, { messageId, headers });

/** Takes one message out of `dlq_queue`, and puts it back with these headers, if any are given. */
export async function changeInQueue(broker: string, headers?: object): Promise<Planted> {
  const message = await takeFromQueue(broker);
  const about = idOf(message);
  const before = message.properties.headers ?? {};
  if (headers) await putIntoQueue(broker, message.content, about, { ...before, ...headers });
  const undo = async () => {
    if (headers) await takeFromQueue(broker, about);
    await putIntoQueue(broker, message.content, about, before);
  };
  return { about, undo };
}
