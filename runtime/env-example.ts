import type { TSchema } from 'typebox';
import { GIVEN_BY_LAUNCHER } from './given-by-launcher.ts';
import * as groups from './settings.ts';

/** Heading of each group of settings in `.env.example`, in the order in which they stand there. */
const HEADINGS: Record<keyof typeof groups, string> = {
  launcherSettings: 'For make start_with_logs: with or without Docker, ports on this machine, how many consumers',
  processSettings: 'Every process',
  rabbitmqSettings: 'Every process that uses RabbitMQ',
  sourceSettings: 'Source APIs; the launcher gives each its SYSTEM, port and database',
  endputSettings: 'Consumer and storefront',
  consumerSettings: 'Consumer',
  attemptLogSettings: 'Attempt log (written by the consumer, read by the storefront)',
  storefrontSettings: 'Storefront',
};

/** The text of `.env.example`: every setting with its meaning and its default, from the schema that validates it. */
export function envExample(): string {
  const sections = (Object.keys(HEADINGS) as (keyof typeof groups)[]).map((group) =>
    [`# ---- ${HEADINGS[group]}`, ...Object.entries<TSchema>(groups[group]).map(settingLines)].join('\n'),
  );
  return `# Every setting with its default, printed by \`npm run env-example\`. Copy to .env to change some.\n\n${sections.join('\n\n')}\n`;
}

function settingLines([name, schema]: [string, TSchema]): string {
  const {
    description = '',
    default: preset,
    enum: allowed,
  } = schema as TSchema & {
    description?: string;
    default?: unknown;
    enum?: unknown[];
  };
  const choice = allowed ? ` One of ${allowed.join(', ')}.` : '';
  const own = GIVEN_BY_LAUNCHER.some((given) => given === name)
    ? ' (Not with make start_with_logs, which sets it.)'
    : '';
  return `# ${description}${choice}${own}\n# ${name}=${String(preset)}`;
}
