import { readConfiguration } from '../../runtime/configuration.ts';
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
      managementUrl: settings.RABBITMQ_MANAGEMENT_URL,
      heartbeat: settings.RABBITMQ_HEARTBEAT,
    },
    maxAttempts: settings.MAX_ATTEMPTS,
    endputUrl: settings.ENDPUT_DATABASE_URL,
    attemptLogUrl: settings.ATTEMPT_LOG_URL,
    attemptLogTtl: parseDuration(settings.ATTEMPT_LOG_TTL),
    sourceApis: listSourceApis(settings.SOURCE_API_URLS),
    origins: listOrigins(settings.STOREFRONT_ORIGINS),
    maxClients: settings.STOREFRONT_MAX_CLIENTS,
  };
}
