import { describe, expect, it } from 'vitest';
import { readCsvRows } from './csv-rows.ts';
import { COLUMNS, inPieces, readRows, summaryOf } from './file-under-test.ts';

const read = async (file: Buffer | string, chunkSize = 65_536, columns = COLUMNS, delimiter = ',') =>
  summaryOf(await readRows(readCsvRows(inPieces(file, [chunkSize]), columns, delimiter)));

const MIXED = Buffer.concat([
  Buffer.from('\ufeffproduct,price\r\n'),
  Buffer.from('Tea,2.55\n"Cups, ""blue""\nand red", 1.5 \r\n\n\n  outer  ,0\n'),
  Buffer.from('5" nail,1\n"broken,2\n"sound",3\n"oops"x,4\nbut fine,5\n'),
  Buffer.from([0x63, 0x61, 0x66, 0xe9]),
  Buffer.from(',1\ncafé,1\nfew\nnul\0,1\n,-1.234\nno price,n/a\n"last",7'),
]);
const READ = [
  [2, 'Tea', '2.55'],
  [3, 'Cups, "blue"\nand red', '1.5'],
  [7, 'outer', '0'],
  [8, '5" nail', '1'],
  '9: a quoted field goes on after its closing quote (a quote inside one is written twice)',
  [10, 'sound', '3'],
  [11, '"oops"x', '4'],
  [12, 'but fine', '5'],
  '13: the product is not UTF-8',
  [14, 'café', '1'],
  '15: the row has 1 columns, the header names 2',
  '16: the product has a NUL character in it',
  [17, '', '-1.234'],
  '18: price "n/a" is no number such as 12.50',
  [19, 'last', '7'],
];

describe('a CSV file', () => {
  it('is read row by row; what cannot be read is reported with its line, the others go in', async () => {
    expect(await read(MIXED)).toEqual(READ);
  });
  it.each([1, 2, 3, 7, 16, 50])('reads the same when it arrives in pieces of %i bytes', async (size) => {
    expect(await read(MIXED, size)).toEqual(READ);
  });
  it('loses one line to a quote that never closes', async () => {
    expect(await read('product,price\nA,1\n"B,2\nC,3\nD,4\n')).toEqual([
      [2, 'A', '1'],
      '3: a quote opens here and never closes',
      [4, 'C', '3'],
      [5, 'D', '4'],
    ]);
  });
  it('does not keep megabytes in memory for a quote that never closes', async () => {
    const name = 'B'.repeat(50);
    const rows = await read(`product,price\n"A,1\n${`${name},2\n`.repeat(30_000)}`);
    expect(rows[0]).toMatch(/^2: the row has more than 1048576 bytes/);
    expect(rows).toHaveLength(30_001);
    expect(rows.at(-1)).toEqual([30_002, name, '2']);
  });
  it('drops a line that is too long, whatever is in it, and goes on', async () => {
    const rows = await read(`product,price\n${','.repeat(3_000_000)}\nB,2\n`);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^2: /);
    expect(rows[1]).toEqual([3, 'B', '2']);
  });
  it('drops a line with a broken quote that is too long, and goes on', async () => {
    const rows = await read(`product,price\r\n"a"x${'y'.repeat(3_000_000)}\r\nB,2\r\n`, 65_535);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^2: /);
    expect(rows[1]).toEqual([3, 'B', '2']);
  });
  it('may use another delimiter and ends of lines of old', async () => {
    expect(await read('price;product\r1;a,b\r', 5, COLUMNS, ';')).toEqual([[2, 'a,b', '1']]);
  });
  it('without the wanted column is refused with the columns that it has', async () => {
    await expect(read('id,Description\n1,2\n')).rejects.toThrow('has no column "product"; it has "id", "Description".');
  });
  it('that is none is refused', async () => {
    await expect(read(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 10, 3]))).rejects.toThrow('no UTF-8 text');
    await expect(read('')).rejects.toThrow('the file is empty');
    await expect(read(Buffer.from('\ufeffproduct', 'utf16le'))).rejects.toThrow('UTF-16');
    await expect(read(Buffer.alloc(3_000_000, 'x'))).rejects.toThrow('header line cannot be read');
    await expect(read('product,price,price\n')).rejects.toThrow('more than one column "price"');
  });
});
