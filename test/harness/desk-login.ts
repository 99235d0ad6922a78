import { OPERATOR } from './secret.ts';
import { call } from './system.ts';

/** Logs in at the desk of a storefront. The token is empty where that was refused. */
export async function logIn(
  api: { url: string },
  user: { name: string; password: string } = OPERATOR,
): Promise<{ status: number; token: string }> {
  const { status, body } = await call(api, 'POST', '/v0/login', user);
  const token = typeof body === 'object' && body !== null && 'token' in body ? String(body.token) : '';
  return { status, token };
}
