import { expect, test } from 'vitest';
import { tasksOf, type TraceEvent } from './trace-tasks.ts';

const event = (more: Partial<TraceEvent>): TraceEvent => ({
  name: 'ThreadControllerImpl::RunTask',
  ph: 'X',
  pid: 7,
  tid: 1,
  ts: 0,
  ...more,
});
const commit = (url: string, more: Partial<TraceEvent>) =>
  event({ name: 'CommitLoad', ...more, args: { data: { url } } });

test('the tasks of a page are those of its thread since it was committed, in their order', () => {
  const events = [
    event({ ts: 9_000, dur: 4_000, tdur: 1_500 }),
    commit('http://page/', { ts: 5_000 }),
    commit('chrome://other/', { ts: 6_000, pid: 8 }),
    event({ ts: 5_000, dur: 250_000, tdur: 20_000 }),
    event({ ts: 4_000, dur: 90_000 }),
    event({ ts: 7_000, dur: 80_000, pid: 8 }),
    event({ ts: 7_000, dur: 80_000, tid: 2 }),
    event({ ts: 7_000, dur: 80_000, name: 'Layout' }),
    event({ ts: 7_000, dur: 80_000, ph: 'B' }),
  ];
  expect(tasksOf('http://page/', events)).toEqual([
    { at: 0, took: 250, ran: 20 },
    { at: 4, took: 4, ran: 1.5 },
  ]);
});

test('a trace without the page is an error', () => {
  expect(() => tasksOf('http://page/', [commit('http://other/', {})])).toThrow('the trace has no page http://page/');
});
