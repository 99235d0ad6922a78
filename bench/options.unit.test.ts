import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';
import { planOf } from './plan.ts';

const broker = { version: '4.2.0', major: 4, offersDelayedExchange: true };
const names = (args: string[], facts = broker) => planOf(parseOptions(args), facts).map(({ name }) => name);

describe('the options of the benchmark', () => {
  it('measure everything in five rounds without arguments, and count as a whole run', () => {
    expect(parseOptions([])).toMatchObject({ kind: 'full', size: 100_000, rounds: 5, isStandard: true });
  });

  it('make a run with another size or a part of the scenarios no whole run', () => {
    expect(parseOptions(['--size', '5000'])).toMatchObject({ size: 5_000, isStandard: false });
    expect(parseOptions(['--only', 'flow']).isStandard).toBe(false);
  });

  it('are refused when they are unknown, contradict each other or are no numbers', () => {
    for (const args of [
      ['--fast'],
      ['--quick', '--scale'],
      ['--scale', '--soak'],
      ['--size', 'many'],
      ['--rounds', '0'],
      ['flow'],
    ]) {
      expect(() => parseOptions(args), args.join(' ')).toThrow(UsageError);
    }
  });
});

describe('the plan of the benchmark', () => {
  it('has a mixed case and its lateness for each transport that the broker offers', () => {
    expect(names([])).toEqual([
      ...['ceiling', 'backlog', 'flow', 'mixed_ttl', 'mixed_plugin'],
      ...['lateness_ttl_500', 'lateness_ttl_1000', 'lateness_plugin_500', 'lateness_plugin_1000', 'expiry'],
    ]);
    expect(names(['--only', 'mixed'], { ...broker, offersDelayedExchange: false })).toEqual(['mixed_ttl']);
    const newer = { ...broker, version: '4.3.6', major: 4, offersDelayedExchange: false };
    expect(names(['--only', 'mixed'], newer)).toEqual(['mixed_ttl', 'mixed_native']);
  });

  it('has a size series and a long queue with --scale', () => {
    expect(names(['--scale'])).toEqual([
      ...['ceiling', 'flow_10000', 'flow_100000', 'flow_1000000', 'backlog_500000', 'handler_5ms_1', 'handler_5ms_2'],
    ]);
  });

  it('has one long scenario with --soak', () => {
    expect(names(['--soak'])).toEqual(['soak_plugin']);
  });

  it('says which scenarios there are when the wanted one is not', () => {
    expect(() => names(['--only', 'nonsense'])).toThrow(/there are ceiling, backlog, flow/);
  });
});
