import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { delayedRetryOf, DELAYED_RETRY_POLICY } from '../../rabbitmq/delayed-retry.ts';
import { queryOnce } from '../harness/databases.ts';
import { eventually } from '../harness/eventually.ts';
import type { OurProcess } from '../harness/processes.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { callManagement } from '../harness/management.ts';
import { eachBroker, messagesIn, publishByHand, type RunningBroker } from '../harness/vhosts.ts';

const NATIVE = { RETRY_TRANSPORT: 'native' };
const TTL = { RETRY_TRANSPORT: 'ttl' };

let system: Awaited<ReturnType<typeof createSharedSystem>>;
let management: (path: string, method?: string, body?: object) => Promise<unknown>;

for (const { title, broker } of eachBroker()) {
  const why = broker && !broker.holdsRetries ? ' (SKIPPED: it is older than 4.3)' : '';
  describe.skipIf(broker === undefined || why !== '')(`${title}${why}`, () => {
    beforeEach(async () => {
      const running = broker as RunningBroker;
      system = await createSharedSystem(running, { RETRY_DELAYS: '1s' });
      management = (path, method, body) => callManagement(running.managementUrl, path, method, body);
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${system.logs()}\n`);
      await system.stop();
    });
    transportNative();
  });
}

const idOf = (n: number) => `0190a5b4-6a0e-5c3e-9d1f-${String(n).padStart(12, '0')}`;
const message = (n: number, processingTimes: number, product = `Product ${n}`) => ({
  schema_version: 1,
  message_id: idOf(n),
  processing: { processing_times: processingTimes },
  origin: { system: 'by_hand', database_resource: 'none', schema_resource: 'public', table_resource: 'orders' },
  order: { id: n, product, price: '1.00', created_at: '2026-01-01T00:00:00Z', security_check: true },
});
const publish = (n: number, processingTimes: number, product?: string, headers = {}) =>
  publishByHand(system.urls.rabbitmq, 'primary_queue', message(n, processingTimes, product), {
    persistent: true,
    headers,
  });
const waiting = () =>
  system.endput<{ attempt: number; held_deliveries: number | null }>('select attempt, held_deliveries from retries');
const recorded = async () =>
  (
    await queryOnce<{ key: string }>(
      system.urls.attemptLog,
      'select message_id, cycle, attempt from attempts order by message_id, cycle, attempt',
    )
  ).map((row) => Object.values(row).slice(1).join(':'));
const shadow = () =>
  management(`/policies/${system.vhost.name}/shadow`, 'PUT', {
    pattern: '.*',
    definition: { 'max-length': 1_000_000 },
    priority: 9,
    'apply-to': 'queues',
  });
const metricOf = async (consumer: OurProcess, name: string) =>
  Number(new RegExp(`^${name} (.*)$`, 'm').exec(await (await fetch(`${consumer.url}/metrics`)).text())?.[1]);
const said = (consumer: OurProcess, text: string) => consumer.logLines().some((line) => line.includes(text));

function transportNative(): void {
  test('a change to another transport and back, one consumer after the other, loses and repeats nothing', async () => {
    const apis = await Promise.all([system.startSource(0), system.startSource(1)]);
    const delays = { RETRY_DELAYS: '3s' };
    let consumer = await system.startConsumer({ ...NATIVE, ...delays });
    for (const next of [TTL, NATIVE, TTL, NATIVE]) {
      for (const api of apis) {
        await call(api, 'POST', '/v0/insert-data', { positive_inserts: 50, negative_inserts: 20 });
        expect((await call(api, 'POST', '/v0/process/run?wait=true')).status).toBe(202);
      }
      // Something waits by the way that is left, and both ways are in use for a moment.
      await eventually(async () => expect((await waiting()).length).toBeGreaterThan(0));
      const follower = await system.startConsumer({ ...next, ...delays });
      consumer.signal('SIGTERM');
      expect(await consumer.exited).toBe('ended with exit code 0');
      consumer = follower;
    }
    const books = await system.untilBalanced();
    expect(books).toEqual(apis.map(() => ({ rows: 280, stored: 200, dead: 80, waiting: 0 })));
    expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(160);
    await eventually(async () => {
      expect(await system.recordedMessages()).toBe(560);
      expect(await system.wrongAttempts()).toEqual([]);
    });
    // Five consumers start, one after the other, and the last message is tried for 12 s.
  }, 400_000);

  test('a message that waited for native goes on where it was with ttl, and one of ttl with native', async () => {
    let consumer = await system.startConsumer({ ...NATIVE, RETRY_DELAYS: '3s' });
    await publish(1, 4);
    await eventually(async () => expect(await waiting()).toEqual([{ attempt: 2, held_deliveries: 0 }]));
    await consumer.stop();
    consumer = await system.startConsumer({ ...TTL, RETRY_DELAYS: '3s' });
    await eventually(async () => expect(await waiting()).toEqual([{ attempt: 3, held_deliveries: null }]));
    await consumer.stop();
    await system.startConsumer({ ...NATIVE, RETRY_DELAYS: '3s' });
    await eventually(async () => expect(await recorded()).toEqual(['0:1', '0:2', '0:3', '0:4']));
    expect(await system.endput('select attempt from orders')).toEqual([{ attempt: 4 }]);
  });

  test('a copy that the sweeper published and the delivery that was held do not both run', async () => {
    const consumer = await system.startConsumer({
      ...NATIVE,
      RETRY_DELAYS: '4s',
      SWEEP_INTERVAL: '200ms',
      SWEEP_OVERDUE: '1s',
    });
    await publish(1, 3);
    await eventually(async () => expect(await waiting()).toEqual([{ attempt: 1, held_deliveries: 0 }]));
    // As if the broker had lost it; it still holds it.
    await system.endput("update retries set due_at = now() - interval '1 minute'");
    await eventually(async () => expect(await waiting()).toEqual([{ attempt: 2, held_deliveries: 0 }]));
    await eventually(async () => expect(await recorded()).toEqual(['0:1', '0:2', '0:3']));
    expect(await metricOf(consumer, 'consumer_swept_retries_total')).toBe(1);
    expect(await metricOf(consumer, 'consumer_stale_deliveries_total')).toBe(1);
    expect(await metricOf(consumer, 'consumer_attempt_duration_seconds_count')).toBe(3);
  });

  test('a dead letter that is sent round again is tried as often as a new message', async () => {
    await system.startConsumer({ ...NATIVE, MAX_ATTEMPTS: '3' });
    const deadAt = (cycle: number) =>
      eventually(async () =>
        expect(await system.endput('select cycle, attempt, state from dead_letters')).toEqual([
          { cycle, attempt: 3, state: 'dead' },
        ]),
      );
    await publish(1, 6);
    await deadAt(0);
    await system.endput("update dead_letters set cycle = cycle + 1, attempt = 0, state = 'redriving'");
    await publish(1, 6, undefined, { attempt: 1, cycle: 1 });
    await deadAt(1);
    await eventually(async () => expect(await recorded()).toEqual(['0:1', '0:2', '0:3', '1:1', '1:2', '1:3']));
  });

  test('a message on which the consumer dies from its second attempt on is convicted, its neighbours are stored', async () => {
    let consumer = await system.startTreacherousConsumer(NATIVE);
    for (let n = 1; n <= 9; n += 1) await publish(n, n === 5 ? 1 : 4, n === 5 ? 'DIE LATER' : undefined);
    // The handler obeys the demonstration first: let it fail once.
    await publish(10, 6, 'DIE LATER');
    await eventually(async () => {
      if (consumer.hasExited()) consumer = await system.startTreacherousConsumer(NATIVE, false);
      expect(await system.endput('select message_id, reason, attempt from dead_letters')).toEqual([
        { message_id: idOf(10), reason: 'consumer_crashed', attempt: 2 },
      ]);
      expect((await system.endput('select from orders')).length).toBe(9);
    }, 300_000);
    expect(await system.endput('select from suspects')).toEqual([]);
    await eventually(async () =>
      expect(
        await queryOnce(
          system.urls.attemptLog,
          'select message_id, count(*)::int as n from attempts group by 1 having count(*) <> 4 order by 1',
        ),
      ).toEqual([
        { message_id: idOf(5), n: 1 },
        { message_id: idOf(10), n: 2 },
      ]),
    );
    // Six consumers start, one after the other.
  }, 400_000);

  test('while another policy shadows ours nothing is consumed, then all goes on; a policy that is gone is put again', async () => {
    const consumer = await system.startConsumer(NATIVE);
    for (let n = 1; n <= 50; n += 1) await publish(n, 4);
    await eventually(async () => expect((await waiting()).length).toBe(50));
    await shadow();
    await eventually(async () => {
      const answer = await fetch(`${consumer.url}/health/ready`);
      expect(answer.status).toBe(503);
      expect(await answer.text()).toMatch(/policy \\"shadow\\" applies to primary_queue/);
    });
    expect(await metricOf(consumer, 'consumer_native_policy_away')).toBe(1);
    expect(said(consumer, 'nothing is consumed until it is')).toBe(true);
    await management(`/policies/${system.vhost.name}/shadow`, 'DELETE');
    await management(`/policies/${system.vhost.name}/${DELAYED_RETRY_POLICY}`, 'DELETE');
    await eventually(async () => expect((await system.endput('select from orders')).length).toBe(50));
    expect(await metricOf(consumer, 'consumer_native_policy_away')).toBe(0);
    expect(await management(`/policies/${system.vhost.name}`)).toMatchObject([{ definition: delayedRetryOf(1_000) }]);
    await eventually(async () => expect(await system.wrongAttempts()).toEqual([]));
  });

  test('where it cannot be had, native ends at once and says what to do, and auto takes ttl and says why', async () => {
    const withoutApi = { RABBITMQ_MANAGEMENT_URL: 'http://guest:guest@127.0.0.1:1' };
    const refused = await system.startConsumer({ ...NATIVE, ...withoutApi }, false);
    expect(await refused.exited).toBe('ended with exit code 1');
    expect(said(refused, 'RETRY_TRANSPORT is native, but its policy is put through the management API')).toBe(true);

    const several = await system.startConsumer({ ...NATIVE, RETRY_DELAYS: '1s,2s' }, false);
    expect(await several.exited).toBe('ended with exit code 1');
    expect(several.lastLines()).toContain('RETRY_DELAYS names different delays');

    const auto = await system.startConsumer(withoutApi);
    expect(said(auto, '"transport":"ttl"')).toBe(true);
    expect(said(auto, 'does not answer')).toBe(true);
    await auto.stop();
    const other = await system.startConsumer();
    expect(said(other, '"transport":"native"')).toBe(true);
    // It loses the policy while it runs, and goes on with ttl.
    await publish(1, 5);
    await eventually(async () => expect((await waiting()).length).toBe(1));
    await shadow();
    await eventually(async () => expect(await recorded()).toEqual(['0:1', '0:2', '0:3', '0:4', '0:5']));
    expect(said(other, '"transport":"ttl"')).toBe(true);
  });
}
