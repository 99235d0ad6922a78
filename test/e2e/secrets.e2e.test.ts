import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { startConsumer, startSource, startStorefront, type OurProcess } from '../harness/processes.ts';
import { createSharedSystem } from '../harness/system.ts';
import { tellsSecret, withSecret } from '../harness/secret.ts';
import { installedBroker } from '../harness/vhosts.ts';

/** Settings of all processes, each with its password in it. */
const nowhere = (port: number) => ({
  SYSTEM: 'system_1',
  SOURCE_DATABASE_URL: withSecret(`postgres://127.0.0.1:${port}/none`),
  REDIS_URL: withSecret(`redis://127.0.0.1:${port}`),
  RABBITMQ_URL: withSecret(`amqp://127.0.0.1:${port}`),
  ENDPUT_DATABASE_URL: withSecret(`postgres://127.0.0.1:${port}/none`),
  ATTEMPT_LOG_URL: withSecret(`postgres://127.0.0.1:${port}/none`),
});

function expectNothingTold(started: OurProcess, atLeast = 1): void {
  const lines = started.logLines();
  expect(lines.length).toBeGreaterThanOrEqual(atLeast);
  expect(lines.filter(tellsSecret)).toEqual([]);
}

test('a process that cannot reach its servers says so at every place without their passwords', async () => {
  // Nobody listens on the port with number 1.
  const processes = await Promise.all(
    [startConsumer, startSource, startStorefront].map((start) => start(nowhere(1), false)),
  );
  onTestFinished(async () => {
    await Promise.all(processes.map((started) => started.stop()));
  });
  for (const started of processes) {
    const answer = await eventually(async () => {
      const response = await fetch(`${started.url}/health/ready`);
      expect(response.status).toBe(503);
      expect(started.logLines().join()).toContain('ECONNREFUSED');
      return response.text();
    });
    const metrics = await (await fetch(`${started.url}/metrics`)).text();
    expect(tellsSecret(answer + metrics)).toBe(false);
    expectNothingTold(started);
  }
});

test('a process that its servers refuse says so without the password that they refused', async () => {
  const system = await createSharedSystem(installedBroker());
  onTestFinished(() => system.stop());
  const { sources, redis, rabbitmq, endput, attemptLog } = system.urls;
  const asNobody = (url = '') => url.replace('//tester:', '//nobody:').replace('//:', '//nobody:');
  const urls = {
    SYSTEM: 'system_1',
    SOURCE_DATABASE_URL: asNobody(sources[0]),
    REDIS_URL: asNobody(redis),
    RABBITMQ_URL: asNobody(rabbitmq),
    ENDPUT_DATABASE_URL: asNobody(endput),
    ATTEMPT_LOG_URL: asNobody(attemptLog),
  };
  const processes = await Promise.all([startConsumer, startSource, startStorefront].map((start) => start(urls, false)));
  onTestFinished(async () => {
    await Promise.all(processes.map((started) => started.stop()));
  });
  for (const started of processes) {
    await eventually(() => expect(started.logLines().join()).toMatch(/password authentication failed|ACCESS_REFUSED/));
    expectNothingTold(started);
  }
});

test('a setting that cannot be read is refused without what it holds', async () => {
  const broken = Object.fromEntries(
    Object.entries(nowhere(1)).map(([name, url]) => [name, name === 'SYSTEM' ? url : url.replace('://', ':/ /')]),
  );
  for (const start of [startConsumer, startSource, startStorefront]) {
    const started = await start(broken, false);
    expect(await started.exited).toBe('ended with exit code 1');
    expect(started.lastLines()).toContain('RABBITMQ_URL');
    expectNothingTold(started);
  }
});
