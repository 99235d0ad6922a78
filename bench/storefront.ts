import { createDatabase } from './databases.ts';
import { startOurs, type OurProcess } from './node-process.ts';
import type { Services } from './services.ts';

/**
 * Starts a storefront with an endput database, which `prepare` fills before, and waits until it is ready. The sweep is off,
 * so that nothing is measured that nobody asked for.
 */
export async function startStorefront(
  folder: string,
  services: Services,
  options: { env?: Record<string, string>; prepare?: (endput: string) => Promise<void> } = {},
): Promise<{ storefront: OurProcess; endput: string }> {
  await createDatabase(services.endput, 'endput');
  const endput = services.endput.url('endput');
  await options.prepare?.(endput);
  const storefront = await startOurs(folder, 'STOREFRONT_HTTP_PORT', {
    name: 'storefront',
    main: 'apis/storefront/main.ts',
    env: {
      ENDPUT_DATABASE_URL: endput,
      RABBITMQ_URL: services.rabbitmq.url,
      ATTEMPT_LOG_URL: services.attemptLog.url('postgres'),
      DEAD_LETTER_SWEEP_INTERVAL: 'off',
      ...options.env,
    },
  });
  return { storefront, endput };
}
