import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { GIVEN_BY_LAUNCHER } from '../runtime/given-by-launcher.ts';
import { launcherSettings } from '../runtime/settings.ts';
import { ignoredHere, ignoredInDocker } from './ignored-settings.ts';
import { ourProcesses } from './processes.ts';
import { serverUrls } from './servers.ts';

const everything = new Proxy({}, { get: () => 'set' }) as NodeJS.ProcessEnv;
const namesOf = (sentences: string[]) => sentences.map((sentence) => sentence.split(' ')[0] ?? '').sort();

test('whatever the launcher gives to a process of its own accord is said to be ignored', () => {
  const ports = { db1: 1, db2: 2, endput: 3, attempt_log: 4, redis: 5, rabbitmq: 6, management: 7 };
  const processes = ourProcesses(
    serverUrls('mongod', ports, ''),
    { storefront: 8, system_1: 9, system_2: 10, consumers: [11] },
    {},
  );
  const given = new Set(processes.flatMap(({ env }) => Object.keys(env)));
  // These it takes over where they are set.
  for (const name of ['ATTEMPT_LOG_URL', 'SOURCE_API_URLS']) expect(given.delete(name)).toBe(true);
  expect([...given].sort()).toEqual([...GIVEN_BY_LAUNCHER].sort());
  expect(namesOf(ignoredHere(everything))).toEqual(expect.arrayContaining([...given]));
  expect(ignoredHere({ QUEUE_MEMBERS: '', MAX_ATTEMPTS: '3' })).toEqual([]);
  expect(ignoredHere({ QUEUE_MEMBERS: '3' }).join()).toMatch(/^QUEUE_MEMBERS is set, but has no effect here: /);
});

test('what only Docker has is said to be ignored where everything runs on this machine itself', () => {
  const described = Object.entries(launcherSettings).filter(([, schema]) =>
    String((schema as { description?: unknown }).description).includes('only in Docker'),
  );
  const wanted = [...described.map(([name]) => name), 'COMPOSE_FILE', 'COMPOSE_PROFILES'];
  expect(wanted).toContain('MONGO_EXPRESS_PORT');
  const more = namesOf(ignoredHere(everything)).filter((name) => !GIVEN_BY_LAUNCHER.some((given) => given === name));
  expect(more).toEqual(wanted.sort());
  expect(ignoredHere({ COMPOSE_PROFILES: 'monitoring' }).join()).toMatch(
    /^COMPOSE_PROFILES is set, but has no effect here: .* no Prometheus/,
  );
  expect(namesOf(ignoredInDocker(everything)).filter((name) => wanted.includes(name))).toEqual([]);
});

test('plugins of this machine are said to be ignored in Docker', () => {
  expect(ignoredInDocker({ RABBITMQ_PLUGINS_DIR: '/plugins' }).join()).toMatch(/^RABBITMQ_PLUGINS_DIR is set, /);
  expect(ignoredHere({ RABBITMQ_PLUGINS_DIR: '/plugins' })).toEqual([]);
});

test('whatever docker-compose.yml gives to a process of its own accord is said to be ignored', () => {
  const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
    services: Record<string, { environment?: Record<string, string> }>;
  };
  const fixed = ['api-system-1', 'api-system-2', 'storefront', 'consumer'].flatMap((name) =>
    Object.entries(services[name]?.environment ?? {}).flatMap(([setting, value]) =>
      value.includes('$') ? [] : setting,
    ),
  );
  const said = namesOf(ignoredInDocker(everything));
  expect([...new Set(fixed)].filter((name) => !said.includes(name))).toEqual([]);
  expect(said).toContain('HTTP_HOST');
});
