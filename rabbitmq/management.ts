import { splitUrls } from '../runtime/url-list.ts';

/** The management API answers not at all, or not with success. `status` is that of HTTP, where it answered. */
export class ManagementError extends Error {
  readonly code = 'MANAGEMENT_UNAVAILABLE';
  override readonly name = 'ManagementError';
  readonly status: number | undefined;
  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.status = options.status;
  }
}

/** Where the management API of a broker answers, and which virtual host is meant. */
export interface Management {
  /** Without password; several are the nodes of one cluster, asked in turn. */
  readonly addresses: readonly string[];
  /** In a path of the API. */
  readonly vhost: string;
  /** Sends a request; a path begins after `/api`. Resolves with the answer's JSON; rejects with a `ManagementError`. */
  readonly call: (method: 'GET' | 'PUT', path: string, body?: object) => Promise<unknown>;
}

/** Milliseconds for one request. */
const TIMEOUT = 5_000;

/** AMQP and management ports of RabbitMQ differ by this: 5672 and 15672, with TLS 5671 and 15671. */
const PORT_DISTANCE = 10_000;

/**
 * The management API of the broker at `rabbitmqUrl`. Without `managementUrl` it is looked for on the same host, at the
 * port that is 10,000 above; without a user in it, it is asked as the user of `rabbitmqUrl`.
 */
export function managementOf(rabbitmqUrl: string, managementUrl: string): Management {
  const brokers = splitUrls(rabbitmqUrl).map((url) => new URL(url));
  const given = managementUrl === '' ? [] : splitUrls(managementUrl).map((url) => new URL(url));
  const user = brokers[0];
  const targets = (given.length > 0 ? given : brokers.flatMap(besideBroker)).map((url) => ({
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    authorization: authorizationOf(url.username === '' && user ? user : url),
  }));
  const path = user?.pathname.slice(1) ?? '';
  return {
    addresses: targets.map(({ base }) => base),
    vhost: path === '' ? '%2F' : encodeURIComponent(decodeURIComponent(path)),
    async call(method, path, body) {
      let failure = new ManagementError('there is no address for it: set RABBITMQ_MANAGEMENT_URL');
      for (const target of targets) {
        try {
          return await request(target, method, path, body);
        } catch (error) {
          if (!(error instanceof ManagementError)) throw error;
          failure = error;
          // What one node refuses, the others refuse too. What it does not know they may: one that is cut off knows nothing new.
          const { status } = error;
          if (status !== undefined && status < 500 && status !== 404) break;
        }
      }
      throw failure;
    },
  };
}

function besideBroker(broker: URL): URL[] {
  const isTls = broker.protocol === 'amqps:';
  const port = Number(broker.port || (isTls ? 5671 : 5672)) + PORT_DISTANCE;
  return port > 65_535 ? [] : [new URL(`${isTls ? 'https' : 'http'}://${broker.hostname}:${port}`)];
}

function authorizationOf({ username, password }: URL): string {
  const user = username === '' ? 'guest:guest' : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

async function request(
  { base, authorization }: { base: string; authorization: string },
  method: string,
  path: string,
  body: object | undefined,
): Promise<unknown> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${base}/api${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT),
      ...(body && { body: JSON.stringify(body) }),
    });
    status = response.status;
    text = await response.text();
    if (response.ok) return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new ManagementError(`${base} does not answer: ${why instanceof Error ? why.message : String(why)}`, {
      cause: error,
    });
  }
  throw new ManagementError(`${base} answers ${status}: ${reasonIn(text)}`, { status });
}

/** Longest part of an answer that is repeated, in characters. */
const LONGEST_REASON = 300;

function reasonIn(text: string): string {
  try {
    const { reason } = JSON.parse(text) as { reason?: unknown };
    if (typeof reason === 'string') return reason.trim().replaceAll(/\s+/g, ' ').slice(0, LONGEST_REASON);
  } catch {
    // A proxy's page, for instance.
  }
  return text.slice(0, LONGEST_REASON);
}
