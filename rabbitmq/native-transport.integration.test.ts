import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../test/harness/eventually.ts';
import { callManagement } from '../test/harness/management.ts';
import { createVhost, eachBroker, messagesIn, publishByHand, withChannel } from '../test/harness/vhosts.ts';
import { openConnection, type BrokerConnection } from './connection.ts';
import { delayedRetryOf, DELAYED_RETRY_POLICY } from './delayed-retry.ts';
import { createInbox } from './inbox.ts';
import { managementOf } from './management.ts';
import { whyNotNative } from './native-transport.ts';
import { PRIMARY_QUEUE } from './topology.ts';

const DELAY = 300;
const logger = pino({ level: 'silent' });

for (const { title, broker } of eachBroker()) {
  const why = broker && !broker.holdsRetries ? ' (SKIPPED: it is older than 4.3)' : '';
  describe.skipIf(broker === undefined || why !== '')(`${title}${why}`, () => {
    let vhost: Awaited<ReturnType<typeof createVhost>>;
    let connection: BrokerConnection;
    const running = () => {
      if (!broker) throw new Error('skipped above');
      return broker;
    };
    const management = () => managementOf(vhost.url, running().managementUrl);
    const whyNot = (delay = DELAY) =>
      whyNotNative(connection, [delay], { members: 1, management: management() }, logger);
    const call = (path: string, method = 'GET', body?: object) =>
      callManagement(running().managementUrl, path, method, body);
    const putPolicy = (name: string, definition: object, priority: number, kind = 'policies') =>
      call(`/${kind}/${vhost.name}/${name}`, 'PUT', { pattern: '.*', definition, priority, 'apply-to': 'queues' });

    beforeEach(async () => {
      vhost = await createVhost(running());
      connection = await openConnection(vhost.url, { heartbeat: 10, name: 'test' });
    });
    afterEach(async () => {
      await connection.close();
      await vhost.delete();
    });

    test('the policy is put once, for primary_queue alone, and put again for another delay', async () => {
      expect(await whyNot()).toBeUndefined();
      expect(await whyNot()).toBeUndefined();
      expect(await call(`/policies/${vhost.name}`)).toMatchObject([
        { name: DELAYED_RETRY_POLICY, pattern: '^primary_queue$', priority: 0, definition: delayedRetryOf(DELAY) },
      ]);
      expect(await whyNot(5_000)).toBeUndefined();
      expect(await call(`/policies/${vhost.name}`)).toMatchObject([{ definition: delayedRetryOf(5_000) }]);
    });

    test("a policy of the user's own is left alone: refused, or used where it asks for the same", async () => {
      await putPolicy('limits', { 'max-length': 1_000_000 }, 0);
      expect(await whyNot()).toMatchObject({
        mayPass: true,
        reason: expect.stringMatching(/policy "limits" applies to primary_queue.*add \{"delayed-retry-type"/) as string,
      });
      expect(await call(`/policies/${vhost.name}`)).toMatchObject([{ name: 'limits' }]);
      await putPolicy('limits', { 'max-length': 1_000_000, ...delayedRetryOf(DELAY) }, 0);
      expect(await whyNot()).toBeUndefined();
      expect(await call(`/policies/${vhost.name}`)).toMatchObject([{ name: 'limits' }]);
    });

    test('a policy of a higher priority that shadows ours is seen at once, and that it is gone', async () => {
      expect(await whyNot()).toBeUndefined();
      await putPolicy('shadow', { 'max-length': 1_000_000 }, 7);
      expect((await whyNot())?.reason).toContain('policy "shadow" applies to primary_queue');
      await call(`/policies/${vhost.name}/shadow`, 'DELETE');
      expect(await whyNot()).toBeUndefined();
    });

    test('an operator policy that changes the delay is seen, one about something else does no harm', async () => {
      await putPolicy('limits', { 'max-length': 1_000_000 }, 0, 'operator-policies');
      expect(await whyNot()).toBeUndefined();
      await putPolicy(
        'limits',
        { 'delayed-retry-type': 'returned', 'delayed-retry-min': 9, 'delayed-retry-max': 9 },
        0,
        'operator-policies',
      );
      expect((await whyNot())?.reason).toContain('operator policy "limits" makes it');
    });

    test('a queue of another type cannot hold retries', async () => {
      await withChannel(vhost.url, (channel) => channel.assertQueue(PRIMARY_QUEUE, { durable: true }));
      expect((await whyNot())?.reason).toContain('primary_queue is no quorum queue');
    });

    test('the management API of another broker, of nobody, or for another user is refused with what to do', async () => {
      const at = (managementUrl: string, { url } = vhost) =>
        whyNotNative(connection, [DELAY], { members: 1, management: managementOf(url, managementUrl) }, logger);
      const other = await createVhost(running());
      expect((await at(running().managementUrl, other))?.reason).toMatch(
        /does not know a queue that was made at this broker.*set RABBITMQ_MANAGEMENT_URL/,
      );
      expect(await call(`/policies/${other.name}`)).toEqual([]);
      await other.delete();
      expect((await at('http://127.0.0.1:1'))?.reason).toMatch(/does not answer.*enable rabbitmq_management/);
      const url = new URL(running().managementUrl);
      url.password = 'wrong';
      const reason = (await at(url.toString()))?.reason;
      expect(reason).toMatch(/answers 401.*tag policymaker/);
      expect(reason).not.toContain('wrong');
      expect(await call(`/policies/${vhost.name}`)).toEqual([]);
    });

    test('what is held comes back at its time, though its consumer goes and the policy is deleted', async () => {
      const delay = 2_000;
      expect(await whyNot(delay)).toBeUndefined();
      await publishByHand(vhost.url, PRIMARY_QUEUE, 'held', { persistent: true });
      const first = await createInbox(connection, PRIMARY_QUEUE, 10);
      const given = await first.next(1, 0);
      const givenAt = performance.now();
      first.giveToWait(given);
      await first.close();
      await call(`/policies/${vhost.name}/${DELAYED_RETRY_POLICY}`, 'DELETE');
      // Neither ready nor lost: a passive declaration does not count it.
      expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(0);
      const second = await createInbox(connection, PRIMARY_QUEUE, 10);
      const [delivery] = await second.next(1, 0);
      expect(performance.now() - givenAt).toBeGreaterThan(delay - 20);
      expect(delivery?.content.toString()).toBe('held');
      await second.close();
    });

    test('what goes back because its channel closed is not held, and only that counts as a delivery', async () => {
      expect(await whyNot(3_600_000)).toBeUndefined();
      await publishByHand(vhost.url, PRIMARY_QUEUE, 'goes back', { persistent: true });
      for (const count of [undefined, 1, 2]) {
        const inbox = await createInbox(connection, PRIMARY_QUEUE, 10);
        const [delivery] = await inbox.next(1, 0);
        expect(delivery?.properties.headers?.['x-delivery-count']).toBe(count);
        await inbox.close();
      }
      await eventually(async () => expect(await messagesIn(vhost.url, PRIMARY_QUEUE)).toBe(1));
    });
  });
}
