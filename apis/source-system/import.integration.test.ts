import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/harness/eventually.ts';
import { send, startSourceUnderTest, type Answer } from './source-under-test.ts';

const REAL_FILE = fileURLToPath(new URL('../../../shared/data/online_retail_first4days.csv', import.meta.url));

const importCsv = (api: { url: string }, file: string | Buffer, query = '', type = 'text/csv'): Promise<Answer> =>
  send(api, 'POST', `/v0/orders/import${query}`, file, type);

/** Sends a file in pieces as they are made, so that the test does not hold it either. */
async function sendStream(api: { url: string }, type: string, pieces: Iterable<string>): Promise<Answer> {
  const body = ReadableStream.from(
    (function* () {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
    })(),
  );
  const response = await fetch(`${api.url}/v0/orders/import`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    duplex: 'half',
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Bytes of memory that a process uses. */
async function residentMemory(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

describe('an import', () => {
  it('reports each row that cannot be read with its line and reason; the others go in, dirty ones too', async () => {
    const source = await startSourceUnderTest();
    const answer = await importCsv(
      source.api,
      'id;Name;Price;ok;at\n1;" Tea, ""green"" ";2.55;true;2010-12-01 08:26\n2;;-1.234;no;2010-12-01T08:26:00.5Z\n' +
        '3;"two\nlines";0;1;2010-12-01\n4;x;n/a;1;2010-12-01\n5;x;1;1;yesterday\nfew;columns\n6;last;7;f;2010-12-02\n',
      '?product=Name&price=Price&security_check=ok&created_at=at&delimiter=%3B',
    );
    expect(answer).toEqual({
      status: 201,
      body: {
        rows: 4,
        rejected_count: 3,
        rejected: [
          { line: 6, reason: 'price "n/a" is no number such as 12.50' },
          { line: 7, reason: 'created_at "yesterday" is no time such as 2024-01-16T17:51:41Z' },
          { line: 8, reason: 'the row has 2 columns, the header names 5' },
        ],
      },
    });
    const { body } = await send(source.api, 'GET', '/v0/orders');
    expect(body.orders).toMatchObject([
      { product: 'Tea, "green"', price: '2.55', security_check: true, created_at: '2010-12-01T08:26:00.000000Z' },
      { product: '', price: '-1.234', security_check: false, created_at: '2010-12-01T08:26:00.500000Z' },
      { product: 'two\nlines', price: '0', security_check: true },
      { product: 'last', price: '7', security_check: false },
    ]);
  });

  it('finds a row that only the database refuses, and the others go in', async () => {
    const source = await startSourceUnderTest();
    await source.sql('alter table orders add constraint of_the_owner check (price < 1000)');
    const answer = await importCsv(source.api, `product,price\n${'a,1\n'.repeat(3)}b,1000\n${'a,1\n'.repeat(6_000)}`);
    expect(answer.body).toMatchObject({ rows: 6_003, rejected_count: 1, rejected: [{ line: 5 }] });
  });

  it('of a file without the wanted column, of another content type, or of no text inserts nothing and says why', async () => {
    const source = await startSourceUnderTest();
    const csv = 'id,Description\n1,2\n';
    const wrong = await importCsv(source.api, csv);
    expect(wrong).toMatchObject({ status: 400, body: { code: 'IMPORT_UNREADABLE' } });
    expect(wrong.body.message).toMatch('no column "product"; it has "id", "Description"');
    expect(await importCsv(source.api, csv, '?product=id&price=Description&colour=x')).toMatchObject({ status: 400 });
    expect(await importCsv(source.api, csv, '', 'text/plain')).toMatchObject({ status: 415 });
    expect(await importCsv(source.api, csv, '', 'text/csv; charset=latin1')).toMatchObject({ status: 415 });
    // The whole of a large file is sent before its sender looks for the answer.
    for (const type of ['text/csv', 'text/plain']) {
      expect((await importCsv(source.api, Buffer.alloc(60_000_000, 7), '', type)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await importCsv(source.api, Buffer.alloc(5_000_000, 7))).toMatchObject({ status: 400 });
    expect(await importCsv(source.api, '')).toMatchObject({ status: 400 });
    expect(await importCsv(source.api, 'not json\n', '', 'application/x-ndjson')).toMatchObject({ status: 400 });
    expect((await send(source.api, 'GET', '/v0/orders')).body).toEqual({ orders: [], next: null });
  });

  it.each([
    ['CSV', 'text/csv', 'product,price\n', (n: number) => `"Product ""${n}"", in a box of its own",${n % 1_000}.55\n`],
    [
      'NDJSON',
      'application/x-ndjson',
      '',
      (n: number) => `{"product":"Product ${n} in a box","price":${n % 1_000}.55}\n`,
    ],
  ])(
    'of 50 MB of %s passes in constant memory, shows its progress, and lists a bounded part of what is wrong',
    async (_, type, header, line) => {
      const source = await startSourceUnderTest();
      // The first import fills pools and caches that stay.
      await importCsv(source.api, `${header}${line(1).repeat(20_000)}`, '', type);
      const before = await residentMemory(source.api.pid);
      let rows = 0;
      function* file() {
        yield header;
        for (let bytes = 0; bytes < 50_000_000;) {
          let piece = 'bad\n';
          while (piece.length < 100_000) piece += line((rows += 1));
          bytes += piece.length;
          yield piece;
        }
      }
      let peak = 0;
      let progressSeen = false;
      const importing = sendStream(source.api, type, file()).finally(() => (peak = Number.NaN));
      while (!Number.isNaN(peak)) {
        const { imports } = (await source.state()) as { imports: { rows: number; bytes: number }[] };
        if ((imports[0]?.rows ?? 0) > 0 && (imports[0]?.bytes ?? 0) > 0) progressSeen = true;
        const used = await residentMemory(source.api.pid);
        expect(used - before).toBeLessThan(150 * 1024 * 1024);
      }
      const { status, body } = await importing;
      expect(status).toBe(201);
      expect(progressSeen).toBe(true);
      expect(body.rows).toBe(rows);
      expect(body.rejected_count).toBe(Math.ceil(50_000_000 / 100_050));
      expect(body.rejected).toHaveLength(Math.min(1_000, Number(body.rejected_count)));
    },
  );

  it('whose client goes away leaves what was committed, and the process alive', async () => {
    const source = await startSourceUnderTest();
    const leaving = new AbortController();
    const body = ReadableStream.from(
      (async function* () {
        yield new TextEncoder().encode(`product,price\n${'a,1\n'.repeat(12_000)}`);
        await new Promise<void>((resolve) => leaving.signal.addEventListener('abort', () => resolve()));
      })(),
    );
    const sending = fetch(`${source.api.url}/v0/orders/import`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body,
      duplex: 'half',
      signal: leaving.signal,
    }).catch(() => undefined);
    await eventually(async () => expect(await source.state()).toMatchObject({ imports: [{ rows: 10_000 }] }));
    leaving.abort();
    await sending;
    await eventually(async () => expect(await source.state()).toMatchObject({ imports: [], unpublished: 10_000 }));
  });

  it.skipIf(!existsSync(REAL_FILE))(
    'of a real file takes every line, its names unchanged but for outer space',
    async () => {
      const source = await startSourceUnderTest();
      const file = readFileSync(REAL_FILE);
      const answer = await importCsv(source.api, file, '?product=Description&price=UnitPrice');
      expect(answer.body).toEqual({ rows: 10_144, rejected_count: 0, rejected: [] });
      const stored = await source.sql<{ product: string; price: string }>(
        'select product, price::text as price from orders order by id',
      );
      const lines: { Description: string; UnitPrice: string }[] = parse(file, { columns: true });
      expect(stored).toEqual(lines.map((one) => ({ product: one.Description.trim(), price: one.UnitPrice })));
    },
  );
});
