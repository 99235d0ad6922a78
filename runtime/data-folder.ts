import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The folder of data and logs of a start on this machine, absolute. */
export const dataFolder = (env: NodeJS.ProcessEnv): string => resolve(ROOT, env.LOCAL_DIR ? env.LOCAL_DIR : '.local');

/** Name of the folder of the desk's secrets in the folder of data. */
export const DESK_FOLDER = 'desk';

/**
 * The folder of the desk's secrets: DESK_SECRETS_FOLDER as it is set, else the one in the folder of data. The launcher and
 * whoever looks for what it has put there (`npm run desk-user`) have to agree.
 */
export const deskFolder = (env: NodeJS.ProcessEnv): string =>
  env.DESK_SECRETS_FOLDER ? env.DESK_SECRETS_FOLDER : join(dataFolder(env), DESK_FOLDER);
