import { describe, expect, test } from 'vitest';
import { delayedRetryOf, judgeDelayedRetry, type QueueAnswer } from './delayed-retry.ts';
import { managementOf } from './management.ts';
import { whyNeverNative } from './native-transport.ts';
import { chooseRetryTransport, RetryTransportUnavailableError } from './retry-transport.ts';

const DELAY = 10_000;
const why = { reason: 'it cannot be had: do this', mayPass: true };

describe('the choice of a transport', () => {
  const choose = (setting: 'auto' | 'native' | 'plugin' | 'ttl', offers: boolean, native: boolean) =>
    chooseRetryTransport(setting, [DELAY], {
      offersDelayedExchange: offers,
      version: '4.3.6',
      whyNotNative: native ? undefined : why,
    }).name;

  test.each([
    [true, true, 'native'],
    [false, true, 'native'],
    [true, false, 'plugin'],
    [false, false, 'ttl'],
  ])('auto, plugin %s, native %s: %s', (offers, native, name) => {
    expect(choose('auto', offers, native)).toBe(name);
  });

  test('ttl is taken wherever it is asked for, the others where they can be had', () => {
    expect(choose('ttl', true, true)).toBe('ttl');
    expect(choose('plugin', true, true)).toBe('plugin');
    expect(choose('native', true, true)).toBe('native');
    expect(() => choose('plugin', false, true)).toThrow('does not offer the exchange type x-delayed-message');
    expect(() => choose('native', true, false)).toThrow('RETRY_TRANSPORT is native, but it cannot be had: do this');
  });

  test('what may be mended while we run is told from what may not', () => {
    const mayPass = (setting: 'native' | 'plugin') => {
      try {
        choose(setting, false, false);
      } catch (error) {
        return error instanceof RetryTransportUnavailableError ? error.mayPass : undefined;
      }
      return undefined;
    };
    expect([mayPass('native'), mayPass('plugin')]).toEqual([true, false]);
  });
});

test.each([
  ['3.10.8', [DELAY], 'RabbitMQ 3.10.8 cannot hold retries itself'],
  ['4.2.8', [DELAY], 'RabbitMQ 4.2.8 cannot hold retries itself'],
  ['0', [DELAY], 'RabbitMQ 0 cannot hold retries itself'],
  ['4.3.0', [1_000, 5_000, 1_000], 'RETRY_DELAYS names 2 different delays'],
  ['4.3.6', [0], 'RETRY_DELAYS is 0'],
  ['4.3.6', [DELAY], undefined],
  ['4.10.0-rc.1', [DELAY, DELAY], undefined],
  ['5.0.0', [DELAY], undefined],
])('RabbitMQ %s with delays %j: native is refused because %s', (version, delays, reason) => {
  const never = whyNeverNative(version, delays);
  if (reason === undefined) expect(never).toBeUndefined();
  else expect(never).toContain(reason);
});

describe('the policy in force', () => {
  const queue = (more: QueueAnswer): QueueAnswer => ({
    type: 'quorum',
    policy: null,
    operator_policy: null,
    effective_policy_definition: {},
    ...more,
  });
  const ours = 'order-ingestion-delayed-retry';

  test.each<[string, QueueAnswer]>([
    ['ours', queue({ policy: ours, effective_policy_definition: delayedRetryOf(DELAY) })],
    [
      "the user's own",
      queue({ policy: 'x', effective_policy_definition: { ...delayedRetryOf(DELAY), 'max-length': 9 } }),
    ],
    ["an operator's", queue({ operator_policy: 'op', effective_policy_definition: delayedRetryOf(DELAY) })],
  ])('serves when it asks for this delay: %s', (_, answer) => {
    expect(judgeDelayedRetry(answer, DELAY)).toEqual({ kind: 'effective' });
  });

  test.each<[string, QueueAnswer]>([
    ['there is none', queue({})],
    ['there is none, said as a list', queue({ effective_policy_definition: [] })],
    ['nothing is said of it', { type: 'quorum' }],
    ['ours is for another delay', queue({ policy: ours, effective_policy_definition: delayedRetryOf(5) })],
    [
      'an operator policy is about something else',
      queue({ operator_policy: 'op', effective_policy_definition: { 'max-length': 9 } }),
    ],
  ])('is missing, and can be put: %s', (_, answer) => {
    expect(judgeDelayedRetry(answer, DELAY)).toEqual({ kind: 'missing' });
  });

  test.each<[string, QueueAnswer, boolean, RegExp]>([
    ['no quorum queue', queue({ type: 'classic' }), false, /primary_queue is no quorum queue \(but classic\)/],
    [
      "the user's policy is about something else: it must not be shadowed",
      queue({ policy: 'limits', effective_policy_definition: { 'max-length': 9 } }),
      false,
      /policy "limits" applies .* add \{"delayed-retry-type":"returned","delayed-retry-min":10000,"delayed-retry-max":10000\}/,
    ],
    [
      "the user's policy holds what is rejected, too",
      queue({ policy: 'x', effective_policy_definition: { ...delayedRetryOf(DELAY), 'delayed-retry-type': 'all' } }),
      false,
      /policy "x" applies/,
    ],
    [
      'an operator policy changes ours',
      queue({
        policy: ours,
        operator_policy: 'op',
        effective_policy_definition: { ...delayedRetryOf(DELAY), 'delayed-retry-max': 500 },
      }),
      true,
      /operator policy "op" makes it \{.*"delayed-retry-max":500\}/,
    ],
  ])('is refused: %s', (_, answer, wasPut, reason) => {
    const state = judgeDelayedRetry(answer, DELAY, wasPut);
    expect(state).toMatchObject({ kind: 'refused', reason: expect.stringMatching(reason) as string });
  });
});

describe('the management API', () => {
  test.each([
    ['amqp://u:p@broker', '', ['http://broker:15672']],
    ['amqp://broker:5673/orders', '', ['http://broker:15673']],
    ['amqps://broker', '', ['https://broker:15671']],
    ['amqp://a,amqp://b:5673', '', ['http://a:15672', 'http://b:15673']],
    ['amqp://broker:60000', '', []],
    ['amqp://broker', 'https://x:y@management.example/prefix/', ['https://management.example/prefix']],
    ['amqp://broker', 'http://a:1, http://b:2', ['http://a:1', 'http://b:2']],
  ])('of %s, given "%s"', (rabbitmqUrl, managementUrl, addresses) => {
    expect(managementOf(rabbitmqUrl, managementUrl).addresses).toEqual(addresses);
  });

  test.each([
    ['amqp://broker', '%2F'],
    ['amqp://broker/', '%2F'],
    ['amqp://broker/orders', 'orders'],
    ['amqp://broker/%2Fa%20b', '%2Fa%20b'],
  ])('is asked about the virtual host of %s', (rabbitmqUrl, vhost) => {
    expect(managementOf(rabbitmqUrl, '').vhost).toBe(vhost);
  });

  test('that is not there is an error without a password', async () => {
    const { call } = managementOf('amqp://user:secret@127.0.0.1', 'http://127.0.0.1:1');
    await expect(call('GET', '/overview')).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1 does not answer: (?!.*secret)/);
    await expect(managementOf('amqp://broker:60000', '').call('GET', '/x')).rejects.toThrow('RABBITMQ_MANAGEMENT_URL');
  });
});
