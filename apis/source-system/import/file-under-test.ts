import { Readable } from 'node:stream';
import { toNewOrder, type RejectedRow, type RowReader } from './imported-row.ts';

/** The columns of the files under test. */
export const COLUMNS = { product: 'product', price: 'price', securityCheck: undefined, createdAt: undefined };

/** A file in pieces that end wherever they end: their sizes, in bytes, are taken in turn. */
export function inPieces(file: Buffer | string, sizes: readonly number[]): AsyncIterable<Buffer> {
  const bytes = Buffer.from(file);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizes[pieces.length % sizes.length] ?? bytes.length;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(pieces) as AsyncIterable<Buffer>;
}

/** A row that went in, as far as these tests look at it. */
export interface AcceptedRow {
  line: number;
  product: string;
  price: string;
}

/** What became of the rows of a file. Rejects as its reader does. */
export async function readRows(reader: RowReader): Promise<(AcceptedRow | RejectedRow)[]> {
  const rows: (AcceptedRow | RejectedRow)[] = [];
  for await (const some of reader) {
    for (const row of some) {
      const order = 'reason' in row ? row.reason : toNewOrder(row);
      if (typeof order === 'string') rows.push({ line: row.line, reason: order });
      else rows.push({ line: row.line, product: order.product, price: order.price });
    }
  }
  return rows;
}

/** The same, short: `line: reason`, or line, product and price. */
export const summaryOf = (rows: readonly (AcceptedRow | RejectedRow)[]) =>
  rows.map((row) => ('reason' in row ? `${row.line}: ${row.reason}` : [row.line, row.product, row.price]));
