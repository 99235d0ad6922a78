import { describe, expect, it } from 'vitest';
import { scheduleOf } from './schedule.ts';

const scenario = (name: string, rounds: number) => ({
  name,
  what: name,
  rounds,
  run: () => Promise.reject(new Error('not run')),
});
const stepsOf = (...plan: ReturnType<typeof scenario>[]) =>
  scheduleOf(plan).map(({ scenario: { name }, round, of }) => `${name} ${round}/${of}`);

describe('the order of a run', () => {
  it('has the ceiling right before and right after whatever is compared with it, and beside nothing else', () => {
    expect(
      stepsOf(
        scenario('ceiling', 3),
        scenario('backlog', 2),
        scenario('flow', 2),
        scenario('mixed_ttl', 1),
        scenario('lateness_ttl', 1),
        scenario('expiry', 1),
      ),
    ).toEqual([
      ...['ceiling 1/7', 'backlog 1/2', 'ceiling 2/7', 'flow 1/2', 'ceiling 3/7', 'mixed_ttl 1/1', 'lateness_ttl 1/1'],
      ...['ceiling 4/7', 'expiry 1/1', 'ceiling 5/7', 'backlog 2/2', 'ceiling 6/7', 'flow 2/2', 'ceiling 7/7'],
    ]);
  });

  it('does not repeat the ceiling for what has more rounds and is not compared', () => {
    expect(stepsOf(scenario('ceiling', 3), scenario('flow_10000', 1), scenario('handler_5ms_1', 2))).toEqual([
      ...['ceiling 1/2', 'flow_10000 1/1', 'ceiling 2/2', 'handler_5ms_1 1/2', 'handler_5ms_1 2/2'],
    ]);
  });

  it('is in turn where there is no ceiling, or only that', () => {
    expect(stepsOf(scenario('flow', 2))).toEqual(['flow 1/2', 'flow 2/2']);
    expect(stepsOf(scenario('ceiling', 3))).toEqual(['ceiling 1/3', 'ceiling 2/3', 'ceiling 3/3']);
    expect(stepsOf()).toEqual([]);
  });
});
