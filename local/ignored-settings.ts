import { GIVEN_BY_LAUNCHER } from '../runtime/given-by-launcher.ts';

/** What is said of settings that are set, but have no effect where everything runs on this machine itself. */
export function ignoredHere(env: NodeJS.ProcessEnv): string[] {
  const reason = 'the launcher runs its own servers, and gives each process its name and ports';
  return said(env, 'here', [
    ...GIVEN_BY_LAUNCHER.map((name) => [name, reason] as const),
    ['COMPOSE_FILE', 'it chooses what runs in Docker, and here one RabbitMQ runs, the one that is installed'],
    ['COMPOSE_PROFILES', 'it chooses what runs in Docker, and here there is no Prometheus and no Grafana'],
    ['PROMETHEUS_PORT', 'Prometheus runs only in Docker'],
    ['GRAFANA_PORT', 'Grafana runs only in Docker'],
    ['MONGO_EXPRESS_PORT', 'Mongo Express runs only in Docker'],
    ['STOREFRONT_PORTS', 'several storefronts run only in Docker; the port of the one here is STOREFRONT_PORT'],
  ]);
}

/** What is said of settings that are set, but have no effect in Docker. */
export function ignoredInDocker(env: NodeJS.ProcessEnv): string[] {
  return said(env, 'in Docker', [
    ...[...GIVEN_BY_LAUNCHER, 'ATTEMPT_LOG_URL'].map(
      (name) => [name, 'the containers have servers, names and ports of their own'] as const,
    ),
    ['HTTP_HOST', 'a process listens in its container; the ports of this machine are those of 127.0.0.1'],
    ['ATTEMPT_LOG_PORT', 'the attempt log is in MongoDB (MONGO_PORT)'],
    ['CONSUMER_PORT', 'there may be several consumers, so none has a port of this machine'],
    ['DESK_SECRETS_FOLDER', 'the secrets of the desk are in a volume'],
    ['RABBITMQ_PLUGINS_DIR', 'the image of RabbitMQ has its own plugins'],
  ]);
}

const said = (env: NodeJS.ProcessEnv, where: string, reasons: (readonly [string, string])[]): string[] =>
  reasons
    .filter(([name]) => env[name])
    .map(([name, reason]) => `${name} is set, but has no effect ${where}: ${reason}.`);
