import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { parseDuration } from './durations.ts';
import {
  consumerSettings,
  endputSettings,
  processSettings,
  rabbitmqSettings,
  sourceSettings,
  storefrontSettings,
} from './settings.ts';

const settings = {
  ...processSettings,
  ...rabbitmqSettings,
  ...endputSettings,
  ...consumerSettings,
  ...sourceSettings,
};

test('settings that are not given, or empty, take their defaults', () => {
  expect(readConfiguration(settings, { LOG_LEVEL: '' })).toMatchObject({
    MAX_ATTEMPTS: 5,
    RETRY_DELAYS: '10s',
    LOG_LEVEL: 'info',
  });
});

test('all faults stand in one message', () => {
  const env = { MAX_ATTEMPTS: 'many', LOG_LEVEL: 'loud', RETRY_DELAYS: '10', RABBITMQ_URL: 'http://user:secret@x' };
  let message = '';
  try {
    readConfiguration(settings, env, [() => 'never asked, the settings themselves are wrong']);
  } catch (error) {
    message = String(error);
  }
  for (const name of Object.keys(env)) expect(message).toContain(name);
  expect(message).not.toContain('secret');
});

test('a secret that is too short is named, but not repeated', () => {
  const env = { DESK_SIGNING_SECRET: 'hush-hush', DESK_OPERATOR_PASSWORD: 'hush' };
  const read = () => readConfiguration(storefrontSettings, env);
  expect(read).toThrow('DESK_SIGNING_SECRET');
  expect(read).toThrow('DESK_OPERATOR_PASSWORD');
  expect(read).not.toThrow('hush');
});

test('several URLs with a fault are named, but not repeated', () => {
  const read = () => readConfiguration(storefrontSettings, { SOURCE_API_URLS: 'system_1=ftp://user:hush@host' });
  expect(read).toThrow('SOURCE_API_URLS');
  expect(read).not.toThrow('hush');
});

test('a broken relation between settings is a fault', () => {
  expect(() => readConfiguration(settings, {}, [({ MAX_ATTEMPTS }) => `not ${MAX_ATTEMPTS}`])).toThrow('not 5');
});

test.each([
  [{ OUTAGE_HOLD: '0s' }, 'OUTAGE_HOLD is "0s" but must be from 1s to 10m'],
  [{ HANDLER_TIMEOUT: '600h' }, 'HANDLER_TIMEOUT is "600h" but must be from 1ms to 24h'],
  [{ RABBITMQ_URL: 'amqp://[' }, 'RABBITMQ_URL is no readable URL'],
  [{ REDIS_URL: 'redis://[' }, 'REDIS_URL is no readable URL'],
])('%o is a fault', (env, fault) => {
  expect(() => readConfiguration(settings, env)).toThrow(fault);
});

test('a configuration cannot be changed', () => {
  expect(Object.isFrozen(readConfiguration(settings, {}))).toBe(true);
});

test('durations are read in milliseconds', () => {
  expect(['250ms', '10s', '2m', '1h', '0s'].map(parseDuration)).toEqual([250, 10_000, 120_000, 3_600_000, 0]);
  expect(() => parseDuration('10')).toThrow('"10" is no duration');
});
