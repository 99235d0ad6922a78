import { describe, expect, it } from 'vitest';
import { COLUMNS, inPieces, readRows, summaryOf } from './file-under-test.ts';
import { readNdjsonRows } from './ndjson-rows.ts';

const read = async (file: Buffer | string, chunkSize = 65_536) =>
  summaryOf(await readRows(readNdjsonRows(inPieces(file, [chunkSize]), COLUMNS)));

const FILE = Buffer.concat([
  Buffer.from('\ufeff{"product":" Tea ","price":"2.50"}\r\n\nnot json\n[1]\n{"product":"x"}\n{"price":"1"}\n'),
  Buffer.from([0x7b, 0xff, 0x0a]),
  Buffer.from('{"product":"\\u0000","price":"1"}\n{"product":"\\ud800","price":"1"}\n{"product":5,"price":"1"}\n'),
  Buffer.from('{"product":"last","price":-3.10}'),
]);

describe('an NDJSON file', () => {
  it.each([1, 5, 65_536])('is read line by line, in pieces of %i bytes; others go in when one is bad', async (size) => {
    expect(await read(FILE, size)).toEqual([
      [1, 'Tea', '2.50'],
      '3: the line is not JSON',
      '4: the line is no JSON object',
      '5: the price is missing',
      '6: the product is missing',
      '7: the line is not UTF-8',
      '8: the product has a NUL character in it',
      '9: the product has half a character (a lone surrogate) in it',
      '10: product 5 is no text',
      [11, 'last', '-3.1'],
    ]);
  });
  it.each(['2.55', '274', '274.00', '0.1', '999999999999.99', '0', '-1.5'])(
    'may give %s as a number',
    async (price) => {
      const [row] = await read(`{"product":"p","price":${price}}`);
      expect(Number(row?.[2])).toBe(Number(price));
    },
  );
  it.each(['0.1000000000000000055', '12345678901234567890', '1e3', '9007199254740993'])(
    'is told to write %s as a string, because a float would change it',
    async (price) => {
      const [row] = await read(`{"product":"p","price":${price}}`);
      expect(row).toMatch(/is not exact as a JSON number: write it as a string/);
    },
  );
  it('drops a line that is too long and goes on', async () => {
    const rows = await read(`{"product":"p","price":"1"}\n${'x'.repeat(3_000_000)}\n{"product":"q","price":"2"}\n`);
    expect(rows).toEqual([[1, 'p', '1'], '2: the line has more than 1048576 bytes', [3, 'q', '2']]);
  });
  it('without the wanted key is refused with the keys that it has', async () => {
    await expect(read('{"name":"Tea","price":1}')).rejects.toThrow('no column "product"; it has "name", "price"');
    await expect(read('nothing\nof the kind\n')).rejects.toThrow('no line of the file is a JSON object');
  });
});
