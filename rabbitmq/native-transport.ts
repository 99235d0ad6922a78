import type { Logger } from '../runtime/logger.ts';
import type { BrokerConnection } from './connection.ts';
import { declareTopology } from './declare.ts';
import { ensureDelayedRetry, reasonOf } from './delayed-retry.ts';
import { whyNotManagedBy } from './managed-by.ts';
import { ManagementError } from './management.ts';
import type { Replication } from './queue-members.ts';
import { sourceTopology } from './topology.ts';

/** Why retries cannot wait by transport `native`. */
export interface WhyNotNative {
  reason: string;
  /** It may be mended while we run, as a policy or the management API can be. */
  mayPass: boolean;
}

/**
 * Why transport `native` cannot be used for these delays (ms), or undefined when its policy is in force. Makes
 * `primary_queue` where it is missing: of no other queue anybody can say which policy applies to it. Rejects with a
 * `BrokerUnavailableError`.
 */
export async function whyNotNative(
  connection: BrokerConnection,
  delays: readonly number[],
  replication: Replication,
  logger: Logger,
): Promise<WhyNotNative | undefined> {
  const never = whyNeverNative(connection.version, delays);
  if (never !== undefined) return { reason: never, mayPass: false };
  await declareTopology(connection, sourceTopology(connection.major), logger, replication);
  const { management } = replication;
  try {
    // A policy must not be put on a broker that merely listens at a likely port.
    const reason = await whyNotManagedBy(connection, management);
    if (reason !== undefined) return { reason, mayPass: true };
    const { state } = await ensureDelayedRetry(management, delays[0] ?? 0);
    return state.kind === 'effective' ? undefined : { reason: reasonOf(state), mayPass: true };
  } catch (error) {
    if (error instanceof ManagementError) return { reason: reasonOfError(error), mayPass: true };
    throw error;
  }
}

/** What no management API can mend, or undefined. */
export function whyNeverNative(version: string, delays: readonly number[]): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (!(major > 4 || (major === 4 && minor >= 3))) {
    return `RabbitMQ ${version} cannot hold retries itself, 4.3 and newer can`;
  }
  const distinct = [...new Set(delays)];
  if (distinct.length > 1) {
    return `RETRY_DELAYS names ${distinct.length} different delays, and the broker holds every retry for the same time`;
  }
  return distinct[0] === 0 ? 'RETRY_DELAYS is 0, and the broker holds a retry for at least 1 ms' : undefined;
}

function reasonOfError(error: ManagementError): string {
  const why = `its policy is put through the management API, and ${error.message}`;
  switch (error.status) {
    case undefined:
      return `${why}: enable rabbitmq_management, and set RABBITMQ_MANAGEMENT_URL to where it is`;
    case 401:
    case 403:
      return `${why}: give the user the tag policymaker, or put the policy by hand (docs/operations.md says how)`;
    default:
      return why;
  }
}
