import { describe, expect, it } from 'vitest';
import { renderChart } from './chart.ts';
import { cpuBetween } from './cpu.ts';
import { expectFigures } from './measurement.ts';
import { metricValue } from './prometheus.ts';
import { renderReport } from './report.ts';
import { chartOf } from './result-chart.ts';
import { summarise, type BenchResult } from './result.ts';
import { divideAmongSources } from './sources.ts';
import { renderTable } from './table.ts';

const measured = (scenario: string, round: number, ordersPerSecond: number) => ({
  scenario,
  round,
  ordersPerSecond,
  orders: 1_000,
  seconds: 1,
  cpu: { consumer: 20.04, rabbitmq: 30 },
});
const scenario = (name: string) => ({ name, what: name, rounds: 3, run: () => Promise.reject(new Error('not run')) });

function resultOf(rounds: ReturnType<typeof measured>[]): BenchResult {
  return {
    kind: 'full',
    size: 1_000,
    surroundings: {
      ...{ date: '2026-01-02T03:04:05.000Z', cores: 2, cpu: 'A & B', memoryGigabytes: 8, system: 'linux' },
      ...{ node: '24.0.0', loadBefore: 0.1, rabbitmq: '4.2.0', postgres: '18.0' },
    },
    scenarios: summarise([scenario('ceiling'), scenario('flow'), scenario('mixed_ttl')], rounds),
    rounds,
    failures: [{ scenario: 'expiry', round: 1, message: 'it stood still' }],
  };
}

describe('the summary of a run', () => {
  it('takes the median round, and of the main job, and only that, the median share of the ceiling beside each round', () => {
    const { scenarios } = resultOf([
      // 5,000 of 20,000; 2,000 of 4,000; 1,200 of 2,000: not the shares of all rounds together.
      ...[measured('ceiling', 1, 20_000), measured('flow', 1, 5_000), measured('ceiling', 2, 20_000)],
      measured('mixed_ttl', 1, 2_000),
      ...[measured('ceiling', 3, 5_000), measured('flow', 2, 2_000), measured('ceiling', 4, 3_000)],
      ...[measured('flow', 3, 1_200), measured('ceiling', 5, 1_000)],
    ]);
    expect(scenarios.map(({ scenario, ratio }) => [scenario, ratio])).toEqual([
      ['ceiling', undefined],
      ['flow', 0.5],
      ['mixed_ttl', undefined],
    ]);
    expect(scenarios.map(({ round }) => round)).toEqual([3, 2, 1]);
  });

  it('has no share for a round without a ceiling beside it', () => {
    const { scenarios } = resultOf([
      ...[measured('ceiling', 1, 20_000), measured('mixed_ttl', 1, 2_000)],
      ...[measured('flow', 1, 5_000), measured('mixed_ttl', 2, 2_000)],
    ]);
    expect(scenarios.find(({ scenario }) => scenario === 'flow')).not.toHaveProperty('ratio');
  });

  it('shows rates, CPU and what failed', () => {
    const text = renderReport(resultOf([measured('flow', 1, 12_345.6)]));
    expect(text).toMatch(/^flow +1,000 +12,346$/m);
    expect(text).toMatch(/^flow +20\.0 +30\.0 +50$/m);
    expect(text).toContain('FAILED expiry, round 1: it stood still');
  });
});

describe('the chart', () => {
  it('draws bars to scale and stacks their parts', () => {
    const part = (value: number) => ({ name: 'part', value, colour: '#000000' });
    const rows = [
      { label: 'one', parts: [part(50)], text: '' },
      { label: 'two', parts: [part(75), part(25)], text: '' },
    ];
    const svg = renderChart('title', '', [{ title: 'panel', rows, hasLegend: false }]);
    expect(
      [...svg.matchAll(/x="([\d.]+)" y="\d+" width="([\d.]+)" height="15"/g)].map((found) => found.slice(1)),
    ).toEqual([
      ['180', '260'],
      ['180', '390'],
      ['570', '130'],
    ]);
  });

  it('is well-formed whatever the machine is called', () => {
    const svg = chartOf(resultOf([measured('ceiling', 1, 20_000), measured('flow', 1, 5_000)]));
    expect(svg).toContain('A &amp; B');
    expect(svg).toContain('25 % of the ceiling');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('a table has its first column to the left and the others to the right', () => {
  expect(
    renderTable(
      ['name', 'n'],
      [
        ['a', '1,000'],
        ['long name', ''],
      ],
    ),
  ).toBe(['name           n', '---------  -----', 'a          1,000', 'long name'].join('\n'));
});

it('a metric is summed over its labels, and not mixed up with one whose name begins alike', () => {
  const text = 'x_total{outcome="dead"} 2\nx_total{outcome="succeeded"} 3.5\nx_total_more 9\n# HELP x_total 7\ny 4';
  expect(metricValue(text, 'x_total')).toBe(5.5);
  expect(metricValue(text, 'x_total', 'outcome="dead"')).toBe(2);
  expect(metricValue(text, 'y')).toBe(4);
  expect(metricValue(text, 'missing')).toBe(0);
});

it('CPU is told an order, and what others used as a share of the machine', () => {
  const before = { processes: { consumer: 1_000 }, machine: { busy: 0, capacity: 0 } };
  const after = { processes: { consumer: 3_000, late: 500 }, machine: { busy: 4_500, capacity: 10_000 } };
  expect(cpuBetween(before, after, 100)).toEqual({ cpu: { consumer: 20, late: 5 }, foreignCpu: 0.2 });
  expect(cpuBetween(undefined, after, 100)).toEqual({});
});

it('rows are divided among the sources without losing one', () => {
  const rows = divideAmongSources(1_001, 0.7);
  expect(rows).toEqual([
    { positive_inserts: 351, negative_inserts: 150 },
    { positive_inserts: 350, negative_inserts: 150 },
  ]);
});

it('wrong figures are all named', () => {
  expect(() => expectFigures({ stored: 10, dead: 0 }, { stored: 9 })).toThrow('stored: 9 instead of 10, dead: missing');
  expect(() => expectFigures({ stored: 10 }, { stored: 10, other: 1 })).not.toThrow();
});
