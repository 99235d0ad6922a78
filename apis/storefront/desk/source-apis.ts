import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

/** The API of a source. */
export interface SourceApi {
  system: string;
  /** Without a slash at its end. */
  url: string;
}

/** The APIs that setting SOURCE_API_URLS names, such as `system_1=http://127.0.0.1:8001`; the first of each name. */
export function listSourceApis(setting: string): SourceApi[] {
  const all = setting.split(',').flatMap((part) => {
    const [system = '', url = ''] = part.trim().split('=');
    return url === '' ? [] : [{ system, url: url.replace(/\/+$/, '') }];
  });
  return all.filter((api, at) => all.findIndex(({ system }) => system === api.system) === at);
}

/** A source API does not answer, or not with what it should. */
export class SourceApiError extends Error {
  readonly code = 'SOURCE_API_UNAVAILABLE';
  override readonly name = 'SourceApiError';
}

/** Milliseconds that an API may take. */
const TIMEOUT = 3_000;

/** What is needed of `GET /v0/process`. */
const SourceState = Type.Object({
  system: Type.String(),
  state: Type.String(),
  rows: Type.Integer(),
  unpublished: Type.Integer(),
});
const SourceRow = Type.Object({
  id: Type.Integer(),
  product: Type.String(),
  price: Type.String(),
  created_at: Type.String(),
  message_id: Type.String(),
  published: Type.Boolean(),
});
/** What is needed of `GET /v0/orders`. */
const SourceRows = Type.Object({ orders: Type.Array(SourceRow), next: Type.Union([Type.Integer(), Type.Null()]) });
export type SourceRow = Static<typeof SourceRow>;
const isState = Compile(SourceState);
const isRows = Compile(SourceRows);

/** Rows of the source, and whether a run publishes them now. Rejects with a `SourceApiError`. */
export async function readSourceState(api: SourceApi) {
  const answer = await get(api, '/v0/process');
  if (!isState.Check(answer)) throw new SourceApiError(`${api.url} gives no state of a source`);
  if (answer.system !== api.system) throw new SourceApiError(`${api.url} is the API of ${answer.system}`);
  const { rows, unpublished, state } = answer;
  return { rows, unpublished, running: state === 'running' };
}

/** Up to `limit` rows by id, above an id. Rejects with a `SourceApiError`. */
export async function readSourceRows(api: SourceApi, after: number | undefined, limit: number) {
  const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after: String(after) }) });
  const answer = await get(api, `/v0/orders?${query.toString()}`);
  if (!isRows.Check(answer)) throw new SourceApiError(`${api.url} gives no rows of a source`);
  return { rows: answer.orders, next: answer.next };
}

async function get(api: SourceApi, path: string): Promise<unknown> {
  try {
    const answer = await fetch(`${api.url}${path}`, { signal: AbortSignal.timeout(TIMEOUT) });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as unknown;
    throw new SourceApiError(`${api.url} answers with status ${answer.status}`);
  } catch (error) {
    if (error instanceof SourceApiError) throw error;
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new SourceApiError(`${api.url} does not answer: ${why instanceof Error ? why.message : String(why)}`, {
      cause: error,
    });
  }
}
