import { describe, expect, it } from 'vitest';
import { parseCursorDocument, startingPosition, type CursorDocument } from './cursor.ts';

const document: CursorDocument = {
  database_resource: 'db_postgres_1',
  schema_resource: 'public',
  table_resource: 'orders',
  start_date: '2024-01-16T17:52:00.000Z',
  last_id: 7,
  last_xid: '9007199254740993',
  status_process: 'finished',
};

describe('the cursor document', () => {
  it('is read as it was written', () => {
    expect(parseCursorDocument(JSON.stringify(document))).toEqual(document);
  });
  it.each([null, '', 'x', '[]', '{"last_id":1}', JSON.stringify({ ...document, last_xid: 5 })])(
    'counts as none when it is %s',
    (text) => expect(parseCursorDocument(text)).toBeUndefined(),
  );
});

describe('a run', () => {
  const at = (xid: string, id: number) => ({ xid, id });
  const before = at('0', 0);
  it('begins before the first row without a cursor', () => {
    expect(startingPosition(undefined, at('900', 1))).toEqual(before);
  });
  it('goes on from a cursor that is not beyond what was confirmed', () => {
    const cursor = at('9007199254740993', 7);
    expect(startingPosition(document, at('9007199254740993', 7))).toEqual(cursor);
    expect(startingPosition(document, at('9007199254740994', 1))).toEqual(cursor);
  });
  it('begins before the first row when the cursor is beyond what was confirmed: the database was restored', () => {
    expect(startingPosition(document, at('9007199254740993', 6))).toEqual(before);
    expect(startingPosition(document, at('9007199254740992', 99))).toEqual(before);
  });
});
