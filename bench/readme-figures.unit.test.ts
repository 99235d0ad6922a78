import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLatest, type LatestResults } from './latest-results.ts';
import { withFigures } from './readme-figures.ts';
import { writeResult } from './result-files.ts';
import type { BenchResult } from './result.ts';

const readme = readFileSync('README.md', 'utf8');
const results = readLatest();
const EMPTY = '<!-- figures -->\n\n<!-- /figures -->';

const measured = (scenario: string, what: string, more: object = {}) => ({
  ...{ scenario, what, round: 1, orders: 1_000, ordersPerSecond: 2_500, seconds: 1, cpu: { consumer: 100 } },
  ...more,
});

function result(rabbitmq: string, ...scenarios: ReturnType<typeof measured>[]): BenchResult {
  return {
    kind: 'full',
    size: 1_000,
    surroundings: {
      ...{
        date: '2026-01-02T03:04:05.000Z',
        commit: 'abc1234',
        cores: 2,
        cpu: 'A',
        memoryGigabytes: 8,
        system: 'linux',
      },
      ...{ node: '24.0.0', loadBefore: 0.25, rabbitmq, postgres: '18.0' },
    },
    scenarios,
    rounds: scenarios,
    failures: [],
  };
}
const lateness = { p50: 12, p99: 34, highest: 56, retries: 100 };

describe('the figures of the README', () => {
  it('are those of the latest runs in bench/results; npm run bench-figures writes them', () => {
    expect(readme).toBe(withFigures(readme, results));
    const flow = results.latest?.scenarios.find(({ scenario }) => scenario === 'flow');
    expect(readme).toContain(`| ${Math.round(flow?.ordersPerSecond ?? 0).toLocaleString('en')} | `);
  });

  it('say of which commit they are, and how busy the machine was before', () => {
    const text = withFigures(EMPTY, { latest: result('3.10.8'), scale: undefined, others: [], soaks: [] });
    expect(text).toContain('commit abc1234, load before it 0.25');
  });

  it('have each transport that was measured, also with another broker, with attempts and CPU an order', () => {
    const mixed = (transport: string) => measured(`mixed_${transport}`, `mixed ${transport}`, { attempts: 3_600 });
    const late = (transport: string) => measured(`lateness_${transport}`, `late ${transport}`, { lateness });
    const text = withFigures(EMPTY, {
      latest: result('3.10.8', mixed('ttl'), late('ttl'), mixed('plugin'), late('plugin')),
      scale: undefined,
      others: [['latest-4.3', result('4.3.6', mixed('native'), late('native'))]],
      soaks: [],
    });
    expect(text).toContain('| mixed ttl, 3.6 attempts an order | 2,500 |');
    expect(text).toContain('| mixed plugin, 3.6 attempts an order | 2,500 |');
    expect(text).toContain('| RabbitMQ 4.3.6: mixed native, 3.6 attempts an order | 2,500 |');
    for (const name of ['late ttl', 'late plugin', 'RabbitMQ 4.3.6: late native'])
      expect(text).toContain(`| ${name} | 12 ms | 34 ms | 100 |`);
    expect(text).toContain('[latest-4.3](bench/results/latest-4.3.json)');
  });

  it('have what slow handlers do in the size series', () => {
    const scale = result('3.10.8', measured('handler_5ms_2', 'a handler of 5 ms, 2 consumers'));
    const text = withFigures(EMPTY, { latest: result('3.10.8'), scale, others: [], soaks: [] });
    expect(text).toContain('* a handler of 5 ms, 2 consumers: 2,500/s.');
  });

  it('have how a soak went', () => {
    const tenths = Array.from({ length: 10 }, (_, index) => ({ ordersPerSecond: 500, megabytes: 150 + index }));
    const soak = result('4.3.6', measured('soak_native', '500 orders/s for long', { lateness, tenths }));
    const soaks: LatestResults['soaks'] = [['latest-4.3-soak', soak]];
    const text = withFigures(EMPTY, { latest: result('3.10.8'), scale: undefined, others: [], soaks });
    expect(text).toContain('A soak ([latest-4.3-soak](bench/results/latest-4.3-soak.json), 2026-01-02; ');
    expect(text).toContain(
      '* 500 orders/s for long; retries 12 ms late in the middle, 34 ms at the 99th percentile; consumer in each tenth ' +
        '150, 151, 152, 153, 154, 155, 156, 157, 158, 159 MB.',
    );
  });

  it('say what is wanted, and what of it was not reached', () => {
    const told = (flow: object) =>
      withFigures(EMPTY, {
        latest: result('3.10.8', measured('flow', 'rows to stored', flow)),
        ...{ scale: undefined, others: [], soaks: [] },
      });
    expect(told({ ordersPerSecond: 7_000 })).toContain(
      'Not reached:\n\n* RabbitMQ 3.10.8: rows to stored: 7,000 orders/s, 8,000 wanted.',
    );
    expect(told({ ordersPerSecond: 8_000 })).toContain('All of it was reached.');
  });

  it('have how a long run went on', () => {
    const tenths = Array.from({ length: 10 }, (_, index) => ({ ordersPerSecond: 500 + index, megabytes: 150 + index }));
    const scale = result('3.10.8', measured('flow_1000000', 'everything', { orders: 1_000_000, tenths }));
    const text = withFigures(EMPTY, { latest: result('3.10.8'), scale, others: [], soaks: [] });
    expect(text).toContain(
      '* 1,000,000 orders, everything: 500/s in the first tenth, 509/s in the last; consumer in each ' +
        '150, 151, 152, 153, 154, 155, 156, 157, 158, 159 MB.',
    );
  });

  it('are refused by a README without a place for them, and without a run', () => {
    expect(() => withFigures('# nothing', results)).toThrow(RangeError);
    expect(() => withFigures(readme, { ...results, latest: undefined })).toThrow(RangeError);
  });
});

it('the latest run with another broker does not take the place of the latest with this machine’s', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-ingestion-results-'));
  try {
    await writeResult(result('3.10.8'), { isStandard: true, isOtherBroker: false, folder });
    await writeResult(result('4.3.6'), { isStandard: true, isOtherBroker: true, folder });
    await writeResult({ ...result('4.3.6'), kind: 'scale' }, { isStandard: true, isOtherBroker: true, folder });
    await writeResult(result('4.2.8'), { isStandard: true, isOtherBroker: true, folder });
    await writeResult({ ...result('4.3.6'), kind: 'soak' }, { isStandard: true, isOtherBroker: true, folder });
    await writeResult({ ...result('3.10.8'), kind: 'soak' }, { isStandard: true, isOtherBroker: false, folder });
    const { latest, scale, others, soaks } = readLatest(folder);
    expect(soaks.map(([name]) => name)).toEqual(['latest-4.3-soak', 'latest-soak']);
    expect(latest?.surroundings.rabbitmq).toBe('3.10.8');
    expect(scale).toBeUndefined();
    expect(others.map(([name, { surroundings }]) => [name, surroundings.rabbitmq])).toEqual([
      ['latest-4.2', '4.2.8'],
      ['latest-4.3', '4.3.6'],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
