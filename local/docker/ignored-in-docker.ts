import { GIVEN_BY_LAUNCHER } from '../launcher-settings.ts';

/** What is said of settings that are set, but have no effect in Docker. */
export function ignoredInDocker(env: NodeJS.ProcessEnv): string[] {
  const urls = [...GIVEN_BY_LAUNCHER.filter((name) => name.endsWith('_URL')), 'ATTEMPT_LOG_URL'];
  const reasons = [
    ...urls.map((name) => [name, 'the containers use servers of their own'] as const),
    ['ATTEMPT_LOG_PORT', 'the attempt log is in MongoDB (MONGO_PORT)'] as const,
    ['CONSUMER_PORT', 'there may be several consumers, so none has a port of this machine'] as const,
    ['DESK_SECRETS_FOLDER', 'the secrets of the desk are in a volume'] as const,
  ];
  return reasons
    .filter(([name]) => env[name])
    .map(([name, reason]) => `${name} is set, but has no effect in Docker: ${reason}.`);
}
