import { isOnPath } from '../services/is-on-path.ts';
import { runDocker, type DockerAnswer } from './run-docker.ts';

/** What there is of Docker on this machine. */
export type Docker =
  | { kind: 'absent' }
  | {
      kind: 'unusable';
      /** Half a sentence. */ why: string;
      /** What to do, a sentence without its end. */ remedy: string;
    }
  | { kind: 'usable' };

/** What the Dockerfiles and the Compose files need; of Compose `!override`, in docker-compose.storefronts.yml. */
const OLDEST_ENGINE = [25, 0];
const OLDEST_COMPOSE = [2, 24, 4];

/** Milliseconds after which an engine counts as hanging. */
const PATIENCE = 5_000;

/** Asks Docker whether it can run the system; takes a few seconds at most. */
export async function findDocker(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<Docker> {
  if (!isOnPath('docker', env.PATH)) return { kind: 'absent' };
  const run = { env, signal, deadline: PATIENCE };
  const [engine, compose] = await Promise.all([
    runDocker(['version', '--format', '{{json .Server}}'], run),
    runDocker(['compose', 'version', '--short'], run),
  ]);
  return judgeDocker(engine, compose, env.DOCKER_HOST);
}

/** Decides by the answers to `docker version` and `docker compose version`. */
export function judgeDocker(engine: DockerAnswer, compose: DockerAnswer, host = ''): Docker {
  const unusable = (why: string, remedy: string): Docker => ({ kind: 'unusable', why, remedy });
  const server = readServer(engine.stdout);
  if (!engine.ok || server === undefined) {
    if (/permission denied/i.test(engine.lastLines))
      return unusable(
        'this user may not use it (permission denied on its socket)',
        'Run sudo usermod -aG docker "$USER" and log in again',
      );
    const why = engine.how.startsWith('did not answer') ? `its engine ${engine.how}` : 'no engine answers';
    const said = engine.lastLines.split('\n').findLast((line) => line.trim() !== '' && line !== 'null');
    return unusable(
      why + (said && why === 'no engine answers' ? ` (${said.trim()})` : ''),
      'Start the engine (Docker Desktop, or sudo systemctl start docker)',
    );
  }
  if (isElsewhere(host))
    return unusable(
      `its engine is on another machine (DOCKER_HOST=${host}), whose ports are not reached from here`,
      'Unset DOCKER_HOST to use the engine of this machine',
    );
  if (server.Os !== undefined && server.Os !== 'linux')
    return unusable(`its engine runs ${server.Os} containers`, 'Switch it to Linux containers');
  if (isOlder(server.Version, OLDEST_ENGINE))
    return unusable(`its engine is ${server.Version}, older than ${OLDEST_ENGINE.join('.')}`, 'Update Docker Engine');
  if (!compose.ok)
    return unusable('it has no Compose', 'Install its plug-in Compose 2.24.4 or newer (docker-compose-plugin)');
  const version = compose.stdout.trim();
  if (isOlder(version, OLDEST_COMPOSE))
    return unusable(`its Compose is ${version}, older than ${OLDEST_COMPOSE.join('.')}`, 'Update Docker Compose');
  return { kind: 'usable' };
}

interface Server {
  Version: string;
  Os?: string;
}

function readServer(text: string): Server | undefined {
  try {
    const server = JSON.parse(text) as Partial<Server> | null;
    return typeof server?.Version === 'string' ? { ...server, Version: server.Version } : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be read counts as older. */
function isOlder(version: string, oldest: readonly number[]): boolean {
  const numbers = /^v?(\d+(?:\.\d+)*)/.exec(version)?.[1]?.split('.').map(Number);
  if (numbers === undefined) return true;
  const at = oldest.findIndex((number, index) => number !== (numbers[index] ?? 0));
  return at >= 0 && (numbers[at] ?? 0) < (oldest[at] ?? 0);
}

const isElsewhere = (host: string): boolean =>
  /^(ssh|tcp|https?):\/\//.test(host) && !/:\/\/([^@/]*@)?(localhost|127\.[\d.]+|\[::1\])([:/]|$)/.test(host);
