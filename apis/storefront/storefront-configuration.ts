import { resolve } from 'node:path';
import { replicationOf } from '../../rabbitmq/queue-members.ts';
import { readConfiguration } from '../../runtime/configuration.ts';
import { deskFolder } from '../../runtime/data-folder.ts';
import { parseDuration } from '../../runtime/durations.ts';
import {
  attemptLogSettings,
  endputSettings,
  processSettings,
  rabbitmqSettings,
  storefrontSettings,
} from '../../runtime/settings.ts';
import { listSourceApis } from './desk/source-apis.ts';
import { listOrigins } from './origin.ts';

/** Reads the settings of a storefront; durations become milliseconds. Throws a `ConfigurationError` with all faults. */
export function readStorefrontConfiguration(env: NodeJS.ProcessEnv) {
  const settings = readConfiguration(
    { ...processSettings, ...rabbitmqSettings, ...endputSettings, ...attemptLogSettings, ...storefrontSettings },
    env,
  );
  return {
    LOG_LEVEL: settings.LOG_LEVEL,
    LOG_FORMAT: settings.LOG_FORMAT,
    stopTimeout: parseDuration(settings.STOP_TIMEOUT),
    http: { host: settings.HTTP_HOST, port: settings.STOREFRONT_HTTP_PORT },
    rabbitmq: {
      url: settings.RABBITMQ_URL,
      heartbeat: settings.RABBITMQ_HEARTBEAT,
      replication: replicationOf(settings),
    },
    maxAttempts: settings.MAX_ATTEMPTS,
    endputUrl: settings.ENDPUT_DATABASE_URL,
    attemptLogUrl: settings.ATTEMPT_LOG_URL,
    attemptLogTtl: parseDuration(settings.ATTEMPT_LOG_TTL),
    sourceApis: listSourceApis(settings.SOURCE_API_URLS),
    origins: listOrigins(settings.STOREFRONT_ORIGINS),
    maxClients: settings.STOREFRONT_MAX_CLIENTS,
    login: {
      reading: settings.DESK_READING,
      sessionTtl: parseDuration(settings.DESK_SESSION_TTL),
      loginsPerMinute: settings.DESK_LOGINS_PER_MINUTE,
    },
    secretsFolder: resolve(deskFolder(env)),
    signingSecret: settings.DESK_SIGNING_SECRET === '' ? undefined : settings.DESK_SIGNING_SECRET,
    operator: {
      name: settings.DESK_OPERATOR_NAME,
      password: settings.DESK_OPERATOR_PASSWORD === '' ? undefined : settings.DESK_OPERATOR_PASSWORD,
    },
    desk: {
      /** Undefined: off. */
      sweepInterval:
        settings.DEAD_LETTER_SWEEP_INTERVAL === 'off' ? undefined : parseDuration(settings.DEAD_LETTER_SWEEP_INTERVAL),
      sweepRate: settings.DEAD_LETTER_SWEEP_RATE,
      redriveOverdue: parseDuration(settings.REDRIVE_OVERDUE),
    },
  };
}
