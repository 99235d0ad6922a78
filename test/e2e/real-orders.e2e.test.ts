import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { createSharedSystem } from '../harness/system.ts';
import { installedBroker, messagesIn } from '../harness/vhosts.ts';

const FILE = new URL('../../../shared/data/online_retail_first4days.csv', import.meta.url);
const isThere = existsSync(FILE);

test.skipIf(!isThere)(
  `10,144 real orders are stored or dead for the right reason, names unchanged${isThere ? '' : ' (SKIPPED: the file is not there)'}`,
  async () => {
    const system = await createSharedSystem(installedBroker());
    try {
      const [api] = await Promise.all([system.startSource(0), system.startConsumer()]);
      const imported = await fetch(`${api.url}/v0/orders/import?product=Description&price=UnitPrice`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: new Blob([await readFile(FILE)]),
      });
      expect(imported.status).toBe(201);
      expect(await imported.json()).toMatchObject({ rows: 10_144, rejected: [] });
      const run = await fetch(`${api.url}/v0/process/run?wait=true`, { method: 'POST' });
      expect(await run.json()).toMatchObject({ published: 10_144 });

      await eventually(async () => {
        const { rows, stored, dead, waiting } = await system.books(0);
        expect({ rows, settled: stored + dead, waiting }).toEqual({ rows: 10_144, settled: 10_144, waiting: 0 });
      }, 120_000);

      const lines = parse<Record<string, string>>(await readFile(FILE), { columns: true });
      const isDirty = ({ Description = '', UnitPrice = '' }: Record<string, string>) =>
        Description.trim() === '' || Number(UnitPrice) <= 0;
      const names = (orders: { product: string }[]) => orders.map(({ product }) => product).sort();
      const stored = await system.endput<{ product: string }>('select product from orders');
      const clean = lines
        .filter((line) => !isDirty(line))
        .map(({ Description = '' }) => ({ product: Description.trim() }));
      expect(names(stored)).toEqual(names(clean));

      const reasons = await system.endput<{ reason: string; error: string; n: number }>(
        `select reason, substring(error_message from '^invalid order: \\w+') as error, count(*)::int as n
           from dead_letters group by 1, 2 order by 2`,
      );
      const empty = lines.filter(({ Description = '' }) => Description.trim() === '').length;
      const priceless = lines.filter((line) => isDirty(line)).length - empty;
      expect(reasons).toEqual([
        ...(priceless > 0 ? [{ reason: 'invalid_message', error: 'invalid order: price', n: priceless }] : []),
        { reason: 'invalid_message', error: 'invalid order: product', n: empty },
      ]);
      expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(empty + priceless);
      await eventually(async () => expect(await system.recordedMessages()).toBe(10_144));
    } finally {
      await system.stop();
    }
  },
);
