import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { BEFORE_ALL_ROWS, type PublishPosition } from '../../db/source/publishable-orders.ts';

/** How the last run stands; `running` is also what a run leaves behind whose process was killed. */
export const StatusProcess = Type.Enum(['running', 'finished', 'stopped', 'failed']);
export type StatusProcess = Static<typeof StatusProcess>;

/** What Redis keeps of a source under the name of its system: the cursor and the run that moved it last. */
export const CursorDocument = Type.Object({
  database_resource: Type.String(),
  schema_resource: Type.String(),
  table_resource: Type.String(),
  start_date: Type.String({ description: 'When the last run started, ISO 8601.' }),
  last_id: Type.Integer({ description: 'Id of the last row that was published.' }),
  last_xid: Type.String({
    pattern: '^[0-9]{1,20}$',
    description: 'Its transaction, a decimal number of 64 bits; "0" is before the first row.',
  }),
  status_process: StatusProcess,
});
export type CursorDocument = Static<typeof CursorDocument>;

const validator = Compile(CursorDocument);

/** Reads a document; undefined for none, and for one that is not ours: then everything is published again. */
export function parseCursorDocument(text: string | null): CursorDocument | undefined {
  if (text === null) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return validator.Check(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where a run goes on. A cursor beyond the furthest confirmed position speaks of another database than this one (it was
 * restored to an earlier state, and new rows may get lower xids than the cursor's): the run then starts before the
 * first row. That costs copies, which consumers recognise; trusting it would cost rows.
 */
export function startingPosition(document: CursorDocument | undefined, confirmed: PublishPosition): PublishPosition {
  if (document === undefined) return BEFORE_ALL_ROWS;
  const cursor = { xid: document.last_xid, id: document.last_id };
  return isBeyond(cursor, confirmed) ? BEFORE_ALL_ROWS : cursor;
}

function isBeyond(one: PublishPosition, other: PublishPosition): boolean {
  const [a, b] = [BigInt(one.xid), BigInt(other.xid)];
  return a === b ? one.id > other.id : a > b;
}
