import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Address } from './address-table.ts';
import { ROOT } from '../runtime/data-folder.ts';
import { nodeProgram } from './services/node-program.ts';

/** The program of the storefront that tells it, by its path in the checkout and in the container. */
export const FIRST_LOGIN = 'apis/storefront/desk/first-login.ts';

/** How the first operator logs in at the dead-letter desk, as the program of the storefront tells it. */
export interface FirstLogin {
  user: string;
  /** Told once. */
  password?: string;
  /** Where the password lies. */
  file?: string;
  /** It is the one in the settings. */
  isSet?: boolean;
}

/** Milliseconds that the answer is waited for. It is only shown, so nothing fails with it. */
const PATIENCE = 30_000;

/** Asks on this machine; `env` is that of the storefront. Undefined: it could not be found out. */
export async function askForFirstLogin(env: NodeJS.ProcessEnv): Promise<FirstLogin | undefined> {
  try {
    const options = { cwd: ROOT, env, timeout: PATIENCE };
    const { stdout } = await promisify(execFile)(process.execPath, await nodeProgram(FIRST_LOGIN), options);
    return readFirstLogin(stdout);
  } catch {
    return undefined;
  }
}

/** Parses what the program writes. */
export function readFirstLogin(stdout: string): FirstLogin | undefined {
  try {
    const told = JSON.parse(stdout) as Partial<FirstLogin> | null;
    return typeof told?.user === 'string' ? { ...told, user: told.user } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The addresses with the desk below that of the storefront, and how to log in there. `show` is put before the file in which
 * the password lies, where that is not a file of this machine.
 */
export function withDesk(addresses: readonly Address[], login: FirstLogin | undefined, show = ''): Address[] {
  return addresses.flatMap((address) =>
    address.what === 'storefront'
      ? [address, { what: 'dead-letter desk', url: `${address.url}/desk`, note: noteOf(login, show) }]
      : [address],
  );
}

/** Where no table is shown any more: says the password all the same if this was the only time that it is told. */
export function sayPassword(login: FirstLogin | undefined, say: (text: string) => void): void {
  if (login?.password !== undefined) say(`The dead-letter desk: ${noteOf(login, '')}`);
}

function noteOf(login: FirstLogin | undefined, show: string): string {
  if (login === undefined) return 'npm run desk-user says who may log in';
  const { user, password, file, isSet } = login;
  if (password !== undefined) return `user ${user}, password ${password} (shown only now)`;
  if (isSet === true) return `user ${user}, password as set in DESK_OPERATOR_PASSWORD`;
  if (file !== undefined) return `user ${user}, password: ${show === '' ? 'in ' : show}${file}`;
  return `user ${user}, password as changed; npm run desk-user gives another`;
}
