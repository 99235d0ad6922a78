import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsvRows } from './csv-rows.ts';
import { COLUMNS, inPieces, readRows, type AcceptedRow } from './file-under-test.ts';
import { UnreadableFileError, type RejectedRow, type RowReader } from './imported-row.ts';
import { readNdjsonRows } from './ndjson-rows.ts';

/** What became of the rows of a file; the reason where it cannot be imported at all. Whatever else is thrown is a fault. */
async function read(reader: RowReader): Promise<string | (AcceptedRow | RejectedRow)[]> {
  try {
    return await readRows(reader);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    return error.message;
  }
}
const readCsv = (file: Buffer, sizes: readonly number[]) => read(readCsvRows(inPieces(file, sizes), COLUMNS, ','));
const readNdjson = (file: Buffer, sizes: readonly number[]) => read(readNdjsonRows(inPieces(file, sizes), COLUMNS));

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
/** Bytes that mean something to a reader, much more often than chance would bring them. */
const piece = fc.oneof(
  fc.constantFrom('"', ',', '\n', '\r\n', '\r', '""', ' ', '\0', '{', '}', '\\', '\ufeff', ':', '1.50', 'é', '😀'),
  fc.string({ maxLength: 8 }),
);
const tail = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
const withHead = (head: string) =>
  fc
    .tuple(fc.constantFrom(head, head, head, ''), tail)
    .map(([start, rest]) => Buffer.concat([Buffer.from(start), rest]));
const product = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
const price = fc
  .tuple(fc.nat(1_000_000), fc.nat(99))
  .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`);
const rows = fc.array(fc.record({ product, price }), { minLength: 1, maxLength: 12 });
const expected = (wanted: { product: string; price: string }[]) =>
  wanted.map((row) => ({ product: row.product.trim(), price: row.price }));
const accepted = (result: string | (AcceptedRow | RejectedRow)[]) =>
  typeof result === 'string'
    ? result
    : result.map((row) => ('reason' in row ? row : { product: row.product, price: row.price }));

const RUNS = { numRuns: 1_000 };

describe('whatever a CSV file holds,', () => {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it('it is read or refused with a reason, the same in whatever pieces it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(withHead('product,price\n'), sizes, async (file, some) => {
        expect(await readCsv(file, some)).toEqual(await readCsv(file, [file.length]));
      }),
      RUNS,
    );
  });

  it('rows that were written by the rules come out as they went in', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), sizes, async (wanted, end, some) => {
        const lines = wanted.map((row) => `${quoted(row.product)},${row.price}`);
        const file = Buffer.from(['product,price', ...lines, ''].join(end));
        expect(accepted(await readCsv(file, some))).toEqual(expected(wanted));
      }),
      RUNS,
    );
  });

  it('a line that is none costs no other line', async () => {
    const broken = fc.constantFrom('"', '"x', 'a"b"', '"a"b,1', ',,,', '\0,1', 'x', '"a""b');
    await fc.assert(
      fc.asyncProperty(rows, rows, broken, sizes, async (before, after, bad, some) => {
        // Without line ends inside a field: after a broken quote those cannot be told from the end of a row.
        const line = (row: { product: string; price: string }) =>
          `${row.product.replaceAll(/["\r\n,]/g, '')},${row.price}`;
        const plain = (all: typeof before) =>
          expected(all.map((row) => ({ ...row, product: row.product.replaceAll(/["\r\n,]/g, '') })));
        const file = Buffer.from(['product,price', ...before.map(line), bad, ...after.map(line), ''].join('\n'));
        const result = await readCsv(file, some);
        if (typeof result === 'string') throw new Error(result);
        const others = result.filter((row) => row.line !== before.length + 2);
        expect(accepted(others)).toEqual([...plain(before), ...plain(after)]);
        expect(result.length - others.length).toBe(1);
      }),
      RUNS,
    );
  });
});

describe('whatever an NDJSON file holds,', () => {
  it('it is read or refused with a reason, the same in whatever pieces it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(withHead('{"product":"p","price":"1"}\n'), sizes, async (file, some) => {
        expect(await readNdjson(file, some)).toEqual(await readNdjson(file, [file.length]));
      }),
      RUNS,
    );
  });

  it('values of any kind are taken as they are or refused with a reason', async () => {
    const value = fc.jsonValue();
    const line = fc.oneof(fc.record({ product: value, price: value }), fc.record({ product, price }), value);
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 10 }), sizes, async (lines, some) => {
        const head = '{"product":"first","price":"1"}';
        const file = Buffer.from([head, ...lines.map((one) => JSON.stringify(one))].join('\n'));
        const result = await readNdjson(file, some);
        if (typeof result === 'string') throw new Error(result);
        expect(result.map((row) => row.line)).toEqual([head, ...lines].map((_, index) => index + 1));
        for (const row of result.slice(1)) {
          const given = lines[row.line - 2] as { product: string };
          if ('reason' in row) expect(row.reason).not.toBe('');
          else expect(row.product).toBe(given.product.trim());
        }
      }),
      RUNS,
    );
  });
});
