import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ExplainedError } from './explained-error.ts';
import { takeLock } from './launcher-lock.ts';
import { writeRunning } from './running-file.ts';
import { loadSample } from './sample.ts';

let folder: string;
let api: Server;
let url: string;
let runAnswer: { status: number; body: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-ingestion-sample-'));
  await takeLock(folder, 'local');
  runAnswer = { status: 202, body: '{}' };
  api = createServer((request, response) => {
    const answer = request.url === '/v0/process/run' ? runAnswer : { status: 200, body: '{"state":"finished"}' };
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  api.close();
  await rm(folder, { recursive: true });
});

/** Everything that `make sample` says to a system that runs so. */
async function said(running: { simulatesFailures?: boolean } = {}): Promise<string> {
  const log = vi.spyOn(console, 'log').mockReset().mockReturnValue();
  const apis = [{ system: 'system_1', url }];
  writeRunning(folder, { pid: process.pid, apis, consumers: [], servers: {}, ...running });
  expect(await loadSample({ LOCAL_DIR: folder })).toBe(true);
  return log.mock.calls.map(([line]) => String(line)).join('\n');
}

test('the orders are said to fail where failures are simulated, and only there', async () => {
  const on = await said({ simulatesFailures: true });
  expect(on).toContain('system_1: 140 orders that will succeed and 60 that never do\n');
  expect(on).toMatch(/dead-lettered after about 40 s\.$/);
  const off = await said({ simulatesFailures: false });
  expect(off).toContain('system_1: 200 orders, of which none fails on purpose (SIMULATED_FAILURES=off)\n');
  expect(off).not.toMatch(/never|dead/);
  expect(await said()).toContain('60 that never do (with SIMULATED_FAILURES=off all of them will)\n');
});

test('a run that is going on is told by its answer, and needs no stack', async () => {
  runAnswer = { status: 409, body: '{"code":"RUN_IN_PROGRESS"}' };
  const refusal = said();
  await expect(refusal).rejects.toThrow(ExplainedError);
  await expect(refusal).rejects.toThrow(`POST ${url}/v0/process/run was answered with 409: {"code":"RUN_IN_PROGRESS"}`);
});

test('so is an API that does not answer', async () => {
  api.close();
  const refusal = said();
  await expect(refusal).rejects.toThrow(ExplainedError);
  await expect(refusal).rejects.toThrow(/\/v0\/insert-data was not answered: .*ECONNREFUSED/);
});
