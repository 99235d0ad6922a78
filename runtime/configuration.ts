import envSchema from 'env-schema';
import Type, { type Static, type TProperties } from 'typebox';
import { parseDuration } from './durations.ts';
import { faultOfUrls } from './url-list.ts';

/** A setting is missing or wrong. The message names every fault of the environment, not only the first. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIGURATION_INVALID';
  override readonly name = 'ConfigurationError';
}

/** A relation between settings that a schema cannot say: returns what is wrong, or undefined. */
export type Relation<C> = (configuration: C) => string | undefined;

/**
 * Reads the settings of one process from `env`, with defaults, typed by their schema and frozen.
 * Throws a `ConfigurationError` that names all faults at once.
 */
export function readConfiguration<P extends TProperties>(
  settings: P,
  env: NodeJS.ProcessEnv,
  relations: Relation<Static<Type.TObject<P>>>[] = [],
): Readonly<Static<Type.TObject<P>>> {
  type Configuration = Static<Type.TObject<P>>;
  // An empty variable means "not set": Compose passes `${NAME:-}` on as an empty string.
  const known = Object.keys(settings).filter((name) => env[name] !== undefined && env[name] !== '');
  const given = Object.fromEntries(known.map((name) => [name, env[name]]));
  let configuration: Configuration;
  try {
    configuration = envSchema<Configuration & object>({
      schema: Type.Object(settings),
      data: given,
      env: false,
      // The range of a duration, and each URL of several, are ours to check, see below.
      ajv: {
        customOptions(ajv) {
          ajv.addVocabulary(['shortest', 'longest', 'severalUrls', 'isSecret']);
          return ajv;
        },
      },
    });
  } catch (error) {
    throw new ConfigurationError(faultsOf(error, given, settings).join('\n'));
  }
  const broken = [
    ...Object.entries(settings).flatMap(
      ([name, schema]) => whatASchemaCannotSay(name, schema, configuration as Record<string, unknown>) ?? [],
    ),
    ...relations.flatMap((relation) => relation(configuration) ?? []),
  ];
  if (broken.length > 0) throw new ConfigurationError(broken.join('\n'));
  return Object.freeze(configuration);
}

/** What `read` gives; ends the process with exit code 1 and all faults on stderr where the settings are not valid. */
export function readOrExit<C>(read: () => C): C {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Durations out of their range, and URLs that no URL parser reads. */
function whatASchemaCannotSay(
  name: string,
  schema: object,
  configuration: Record<string, unknown>,
): string | undefined {
  const value = configuration[name];
  if (typeof value !== 'string') return undefined;
  const { shortest, longest, severalUrls } = schema as { shortest?: string; longest?: string; severalUrls?: string };
  if (shortest !== undefined && longest !== undefined) {
    const milliseconds = parseDuration(value);
    if (milliseconds < parseDuration(shortest) || milliseconds > parseDuration(longest)) {
      return `${name} is "${value}" but must be from ${shortest} to ${longest}`;
    }
  }
  if (severalUrls !== undefined && value !== '') {
    const fault = faultOfUrls(value, severalUrls);
    return fault && `${name} ${fault}`;
  }
  // A MongoDB URL may name several hosts, which the parser does not know.
  if (name.endsWith('_URL') && value !== '' && !value.startsWith('mongodb') && !URL.canParse(value))
    return `${name} is no readable URL`;
  return undefined;
}

interface SchemaFault {
  instancePath: string;
  message?: string;
  params: { pattern?: string; allowedValues?: unknown[] };
}

function faultsOf(error: unknown, given: Record<string, string | undefined>, settings: TProperties): string[] {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) throw error;
  return (error.errors as SchemaFault[]).map((fault) => {
    const name = fault.instancePath.slice(1);
    const allowed = fault.params.allowedValues ? ` (${fault.params.allowedValues.join(', ')})` : '';
    const { isSecret } = (settings[name] ?? {}) as { isSecret?: boolean };
    // A URL may hold a password, so its value is not repeated either.
    const value = isSecret === true || /_URLS?$/.test(name) ? '' : ` is "${given[name] ?? ''}" but`;
    return `${name}${value} ${fault.message ?? 'is not valid'}${allowed}`;
  });
}
