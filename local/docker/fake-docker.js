// Stands in for `docker` in tests: answers as Docker and Compose do, and records how it was called. Its state is in the
// folder FAKE_DOCKER; FAKE_DOCKER_TROUBLE says what goes wrong.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const {
  FAKE_DOCKER: folder = '',
  FAKE_DOCKER_TROUBLE: trouble = '',
  DB1_PORT = '',
  API_SYSTEM_1_PORT = '',
  STOREFRONT_PORT = '',
  FAKE_STOREFRONTS: storefronts = '',
} = process.env;
const args = process.argv.slice(2);
const called = args.filter((arg, index) => arg !== '--profile' && args[index - 1] !== '--profile').join(' ');
const file = (name) => join(folder, name);
const is = (name) => existsSync(file(name));
const set = (name, value = '') => writeFileSync(file(name), value);
const say = (...lines) => process.stdout.write(lines.map((line) => `${line}\n`).join(''));
const fail = (...lines) => {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  process.exit(1);
};
const untilInterrupted = () => setInterval(() => undefined, 1_000);

appendFileSync(file('calls'), `${called}\n`);

const service = (target, port, build) => ({
  ...(build && { build: { context: file('context'), dockerfile: 'Dockerfile' } }),
  ports: [{ mode: 'ingress', host_ip: '127.0.0.1', target, published: port, protocol: 'tcp' }],
});
const container = (name, target, port, copy = 1) =>
  JSON.stringify({
    ID: `id-of-${name}-${copy}`,
    Name: `fake-${name}-${copy}`,
    Service: name,
    State: 'running',
    Health: trouble === 'unhealthy' && name === 'db1' ? 'unhealthy' : 'healthy',
    ExitCode: 0,
    Labels: `com.docker.compose.project.working_dir=${trouble === 'elsewhere' ? '/elsewhere' : process.cwd()},a=b`,
    Publishers: [{ URL: '127.0.0.1', TargetPort: target, PublishedPort: Number(port), Protocol: 'tcp' }],
  });

if (called.startsWith('version')) {
  if (trouble === 'hanging') untilInterrupted();
  else say('{"Version":"28.5.2","Os":"linux"}');
} else if (called === 'compose version --short') say('2.40.3');
else if (called.startsWith('compose config') && trouble === 'no such file')
  fail('open /nowhere/docker-compose.typo.yml: no such file or directory');
else if (called.startsWith('compose config'))
  say(
    JSON.stringify({
      name: 'fake',
      services: {
        db1: service(5432, DB1_PORT, false),
        'api-system-1': service(8001, API_SYSTEM_1_PORT, true),
        // FAKE_STOREFRONTS are the ports that Docker chooses for several of them, from a range.
        storefront:
          storefronts === ''
            ? service(8000, STOREFRONT_PORT, true)
            : { ...service(8000, '8000-8009', true), deploy: { replicas: storefronts.split(' ').length } },
      },
    }),
  );
else if (called.startsWith('compose ps')) {
  const [db1 = '0', api = '0', storefront = '0'] = is('up') ? readFileSync(file('up'), 'utf8').split(' ') : [];
  if (is('up')) {
    say(container('db1', 5432, db1), container('api-system-1', 8001, api));
    const copies = storefronts === '' ? [storefront] : storefronts.split(' ');
    // The order in which Compose lists them is not that of their numbers.
    say(...copies.map((port, index) => container('storefront', 8000, port, index + 1)).reverse());
  }
} else if (called.startsWith('image inspect')) {
  if (is('built')) say('sha256:1');
  else fail('no such image');
} else if (called === 'compose build') {
  say('#1 [api-system-1 internal] load build definition', '#2 [api-system-1 1/2] RUN something');
  if (trouble === 'slow build') untilInterrupted();
  else if (trouble === 'failing build') fail('dial tcp: lookup registry: no such host');
  else set('built');
} else if (called.startsWith('compose up')) {
  set('up', `${DB1_PORT} ${API_SYSTEM_1_PORT} ${STOREFRONT_PORT}`);
  set('volumes');
  if (trouble === 'unhealthy') fail('dependency failed to start: container fake-db1-1 is unhealthy');
} else if (called.startsWith('compose exec -T storefront node apis/storefront/desk/first-login.ts')) {
  if (trouble === 'no exec') fail('service "storefront" is not running');
  else if (is('shown')) say('{"user":"operator","file":"/var/lib/order-ingestion/desk/operator-password"}');
  else say('{"user":"operator","password":"first-password"}');
  set('shown');
} else if (called.startsWith('logs')) say('the last words of db1');
else if (called.startsWith('compose logs')) {
  say('api-system-1-1  | 2026-01-02T03:04:05.6Z {"msg":"a line of the API"}');
  if (called.includes('--follow')) untilInterrupted();
} else if (called.startsWith('compose down')) {
  rmSync(file('up'), { force: true });
  if (called.includes('--volumes')) rmSync(file('volumes'), { force: true });
} else if (called.startsWith('volume ls')) {
  if (is('volumes')) say('fake_db1-data');
}
