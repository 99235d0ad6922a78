import { describe, expect, test } from 'vitest';
import type { Container } from './containers.ts';
import { judgeStart } from './judge-start.ts';

const container = (service: string, given: Partial<Container> = {}): Container => ({
  id: service,
  name: `project-${service}-1`,
  service,
  state: 'running',
  health: 'healthy',
  exitCode: 0,
  ports: [],
  folder: '',
  ...given,
});
const judge = (containers: Container[], { before = [] as string[], isUp = false, consumers = 1 } = {}) => {
  const services = new Map([
    ['db1', 1],
    ['consumer', consumers],
  ]);
  const { waiting, failed } = judgeStart(services, containers, { before: new Set(before), isUp });
  return { waiting: Object.fromEntries(waiting), failed: failed && `${failed.container.service} ${failed.how}` };
};

describe('a start', () => {
  test('is over when every container that is wanted is healthy, or runs and has no health check', () => {
    expect(judge([container('db1'), container('consumer', { health: '' })])).toEqual({
      waiting: {},
      failed: undefined,
    });
  });

  test('waits for containers that are not there, not started or not healthy yet, however long', () => {
    expect(judge([container('db1', { health: 'starting' })]).waiting).toEqual({ db1: 'starting', consumer: '' });
    expect(judge([container('db1'), container('consumer', { state: 'created', health: '' })]).waiting).toEqual({
      consumer: '',
    });
  });

  test('waits for every copy', () => {
    expect(judge([container('db1'), container('consumer')], { consumers: 2 }).waiting).toEqual({ consumer: '' });
  });

  test.each([
    [{ state: 'restarting', exitCode: 1 }, 'db1 ended with exit code 1'],
    [{ state: 'exited', exitCode: 137, health: '' }, 'db1 ended with exit code 137'],
    [{ health: 'unhealthy' }, 'db1 is unhealthy'],
  ] as const)('fails with a container that is %j', (given, failed) => {
    expect(judge([container('db1', given)]).failed).toBe(failed);
  });

  test('does not fail with what was there before, until Compose has had its turn', () => {
    const containers = [container('db1', { state: 'exited', health: '' })];
    expect(judge(containers, { before: ['db1'] }).failed).toBeUndefined();
    expect(judge(containers, { before: ['db1'], isUp: true }).failed).toBe('db1 ended with exit code 0');
  });

  test('does not care about what else runs', () => {
    expect(judge([container('other', { health: 'unhealthy' })], { isUp: true }).failed).toBeUndefined();
  });
});
