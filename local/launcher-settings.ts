import { join } from 'node:path';
import { readConfiguration } from '../runtime/configuration.ts';
import { dataFolder } from '../runtime/data-folder.ts';
import { GIVEN_BY_LAUNCHER } from '../runtime/given-by-launcher.ts';
import * as settings from '../runtime/settings.ts';

/** Reads the launcher's settings. Throws a `ConfigurationError` with all faults, those of the processes it will start too. */
export function readLauncherSettings(env: NodeJS.ProcessEnv) {
  const all = {
    ...settings.processSettings,
    ...settings.rabbitmqSettings,
    ...settings.sourceSettings,
    ...settings.endputSettings,
    ...settings.consumerSettings,
    ...settings.attemptLogSettings,
    ...settings.storefrontSettings,
    ...settings.launcherSettings,
  };
  const given = Object.fromEntries(GIVEN_BY_LAUNCHER.map((name) => [name, undefined]));
  const { STOP_TIMEOUT, ...configuration } = readConfiguration(all, { ...env, ...given });
  return {
    ...configuration,
    // The default of a process alone is longer, but Ctrl-C shall end everything within 10 s.
    stopTimeout: env.STOP_TIMEOUT ? STOP_TIMEOUT : '3s',
    hasOwnAttemptLog: !env.ATTEMPT_LOG_URL,
    folder: dataFolder(env),
  };
}
export type LauncherSettings = ReturnType<typeof readLauncherSettings>;

/** The folder of the log files, one for each server and process. */
export const logFolder = (folder: string): string => join(folder, 'logs');
