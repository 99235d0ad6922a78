import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseComposeFile } from './compose-file.ts';
import { parseLogLine } from './container-logs.ts';
import { parseContainers } from './containers.ts';
import { stepOf } from './images.ts';
import { addressesOf, apisOf } from './published-services.ts';
import { fingerprint } from './sources.ts';

const CONFIG = JSON.stringify({
  name: 'order-ingestion',
  services: {
    'api-system-1': {
      build: { context: '/checkout', dockerfile: 'Dockerfile', target: 'source-api' },
      ports: [{ mode: 'ingress', host_ip: '127.0.0.1', target: 8001, published: '18001', protocol: 'tcp' }],
    },
    consumer: { build: { context: '/checkout', target: 'consumer' }, deploy: { replicas: 3, resources: {} } },
    mongo: {
      image: 'mongo:8',
      ports: [
        { target: 27017, published: '0', protocol: 'tcp' },
        { target: 27018, protocol: 'tcp' },
      ],
    },
  },
});

describe('what Compose says of its files', () => {
  const file = parseComposeFile(CONFIG);

  test('is read: services with their copies, published ports, images to build', () => {
    expect(file.project).toBe('order-ingestion');
    expect([...file.services]).toEqual([
      ['api-system-1', 1],
      ['consumer', 3],
      ['mongo', 1],
    ]);
    expect(file.ports).toEqual([
      { service: 'api-system-1', target: 8001, published: 18001 },
      { service: 'mongo', target: 27017, published: 0 },
    ]);
    expect(file.builds.map(({ image }) => image)).toEqual(['order-ingestion-api-system-1', 'order-ingestion-consumer']);
  });

  test('makes the addresses: only of what runs, the consumers without one', () => {
    const ports = [{ service: 'api-system-1', target: 8001, published: 18001 }];
    expect(addressesOf(file, ports).map(({ what, url }) => [what, url])).toEqual([
      ['API system_1', 'http://127.0.0.1:18001/docs'],
      ['3 consumers', 'no port of this machine'],
    ]);
    expect(apisOf(ports)).toEqual([{ system: 'system_1', url: 'http://127.0.0.1:18001' }]);
  });
});

test('what Compose says of containers is read, one a line', () => {
  const line = {
    ID: '240d2751817c',
    Name: 'order-ingestion-db1-1',
    Service: 'db1',
    State: 'running',
    Health: 'starting',
    ExitCode: 0,
    Labels: 'a=b,com.docker.compose.project.working_dir=/home/me/checkout,com.docker.compose.service=db1',
    Publishers: [
      { URL: '127.0.0.1', TargetPort: 5432, PublishedPort: 15432, Protocol: 'tcp' },
      { URL: '', TargetPort: 5433, PublishedPort: 0, Protocol: 'tcp' },
    ],
  };
  const stopped = {
    ID: '1',
    Name: 'x-consumer-1',
    Service: 'consumer',
    State: 'exited',
    ExitCode: 137,
    Publishers: null,
  };
  expect(parseContainers(`${JSON.stringify(line)}\n${JSON.stringify(stopped)}\n`)).toEqual([
    {
      id: '240d2751817c',
      name: 'order-ingestion-db1-1',
      service: 'db1',
      state: 'running',
      health: 'starting',
      exitCode: 0,
      folder: '/home/me/checkout',
      ports: [{ service: 'db1', target: 5432, published: 15432 }],
    },
    {
      id: '1',
      name: 'x-consumer-1',
      service: 'consumer',
      state: 'exited',
      health: '',
      exitCode: 137,
      folder: '',
      ports: [],
    },
  ]);
  expect(parseContainers('')).toEqual([]);
});

describe('a line of the logs', () => {
  test('has the name that it has without Docker, and its time', () => {
    expect(parseLogLine('api-system-1-1   | 2026-01-02T03:04:05.678901234Z {"msg":"a | b"}')).toEqual({
      name: 'system_1',
      isOurs: true,
      isEnd: false,
      text: '{"msg":"a | b"}',
      at: new Date('2026-01-02T03:04:05.678Z'),
    });
    expect(parseLogLine('consumer-2  | 2026-01-02T03:04:05Z ')).toMatchObject({ name: 'consumer_2', text: '' });
  });

  test('of a server comes without its colours', () => {
    expect(parseLogLine('rabbitmq-1  | 2026-01-02T03:04:05Z \x1b[38;5;160m[error] oh\x1b[0m')).toMatchObject({
      name: 'rabbitmq',
      isOurs: false,
      text: '[error] oh',
    });
  });

  test('may be about the end of a container', () => {
    expect(parseLogLine('\x1b[Kdb1-1 exited with code 137')).toMatchObject({ name: 'db1', isEnd: true });
    expect(parseLogLine('')).toBeUndefined();
  });
});

test('the step of a build is shown, its own housekeeping is not', () => {
  expect(stepOf('#9 [consumer packages 3/3] RUN npm ci')).toBe('[consumer packages 3/3] RUN npm ci');
  expect(stepOf('#1 [consumer internal] load build definition')).toBeUndefined();
  expect(stepOf('#9 DONE 1.1s')).toBeUndefined();
});

describe('the fingerprint of the sources', () => {
  let context: string;
  beforeEach(() => {
    context = mkdtempSync(join(tmpdir(), 'order-ingestion-sources-'));
    mkdirSync(join(context, 'runtime'));
    writeFileSync(join(context, '.dockerignore'), '# only these\n*\n!runtime\n');
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\n');
    writeFileSync(join(context, 'runtime', 'a.ts'), '1');
  });
  afterEach(() => rmSync(context, { recursive: true }));

  test('stays when something changes that no image has', async () => {
    const before = await fingerprint(context, {});
    writeFileSync(join(context, 'README.md'), 'new');
    expect(await fingerprint(context, {})).toBe(before);
  });

  test.each([
    ['a file that is copied', () => writeFileSync(join(context, 'runtime', 'a.ts'), '2')],
    ['a new file', () => writeFileSync(join(context, 'runtime', 'b.ts'), '')],
    ['the Dockerfile', () => writeFileSync(join(context, 'Dockerfile'), 'FROM other\n')],
    ['what is let in', () => writeFileSync(join(context, '.dockerignore'), '*\n!runtime\n!db\n')],
  ])('changes with %s', async (_what, change) => {
    const before = await fingerprint(context, {});
    change();
    expect(await fingerprint(context, {})).not.toBe(before);
  });

  test('changes with the section of the Compose file, and without a .dockerignore with every file', async () => {
    expect(await fingerprint(context, { target: 'a' })).not.toBe(await fingerprint(context, { target: 'b' }));
    rmSync(join(context, '.dockerignore'));
    const before = await fingerprint(context, {});
    writeFileSync(join(context, 'README.md'), 'new');
    expect(await fingerprint(context, {})).not.toBe(before);
  });
});
