import { afterEach, expect, test } from 'vitest';
import { createSharedSystem } from '../harness/system.ts';
import { installedBroker } from '../harness/vhosts.ts';

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

async function startWith(env: Record<string, string>) {
  const system = await createSharedSystem(installedBroker());
  stop = () => system.stop();
  const consumer = await system.startConsumer(env, false);
  return { ending: await consumer.exited, said: consumer.lastLines() };
}

test('settings that are not valid end the consumer with every fault named', async () => {
  const { ending, said } = await startWith({ RETRY_DELAYS: '10', MAX_ATTEMPTS: 'many', BATCH_SIZE: '0' });
  expect(ending).toBe('ended with exit code 1');
  for (const name of ['RETRY_DELAYS', 'MAX_ATTEMPTS', 'BATCH_SIZE']) expect(said).toContain(name);
});

test('more delays than retries are a fault', async () => {
  const { ending, said } = await startWith({ RETRY_DELAYS: '1s,2s,3s', MAX_ATTEMPTS: '3' });
  expect(ending).toBe('ended with exit code 1');
  expect(said).toContain('RETRY_DELAYS names more delays than there are retries (MAX_ATTEMPTS is 3)');
});

test.skipIf(installedBroker().hasDelayedExchange)(
  'transport plugin on a broker without it ends the consumer with the cure',
  async () => {
    const { ending, said } = await startWith({ RETRY_TRANSPORT: 'plugin' });
    expect(said).toContain('enable rabbitmq_delayed_message_exchange on it, or set RETRY_TRANSPORT to ttl or auto');
    expect(ending).toBe('ended with exit code 1');
  },
);
