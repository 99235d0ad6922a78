import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of the files in the folder of secrets (`DESK_SECRETS_FOLDER`). */
export const SECRET_FILES = {
  signingSecret: 'signing-secret',
  /** Of the first operator, as long as it is the one that was generated. */
  operatorPassword: 'operator-password',
  /** There once that password was shown to somebody. */
  shown: 'operator-password.shown',
};

/** Characters that a signing secret has at least: HS256 takes 256 bits. */
const SHORTEST_SECRET = 32;

/** The secret with which tokens are signed, made where there is none. All copies that read this folder have the same. */
export async function readSigningSecret(folder: string): Promise<string> {
  const secret = await readOrMakeSecret(folder, SECRET_FILES.signingSecret, () =>
    randomBytes(48).toString('base64url'),
  );
  if (secret.length >= SHORTEST_SECRET) return secret;
  const file = join(folder, SECRET_FILES.signingSecret);
  throw new Error(`${file} holds no secret of ${SHORTEST_SECRET} characters; delete it to get a new one`);
}

/**
 * What a file of this folder holds. Where there is none, `make` makes it, and of several processes that do so at once one
 * wins, and all get its secret. Only the user of this process can read it (600 in a folder of 700). Rejects with the error of the file system.
 */
export async function readOrMakeSecret(folder: string, name: string, make: () => string): Promise<string> {
  const path = join(folder, name);
  // A folder that is there already may be anything, so it stays as it is.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const held = await readSecret(folder, name);
  if (held !== undefined) return held;
  // Written whole under another name first, because somebody may read it as soon as it has its own. A link, unlike a
  // renaming, fails where the name is taken.
  const draft = join(folder, `.${name}.${randomUUID()}`);
  try {
    await writeNew(draft, `${make()}\n`);
    await link(draft, path).catch(unlessItExists);
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readSecret(folder, name);
  if (made === undefined) throw new Error(`${path} vanished while it was made`);
  return made;
}

/**
 * What a file of this folder holds, undefined where there is none. Others who could read it cannot do so any more, unless
 * the file belongs to somebody else, such as one that a platform mounts.
 */
export async function readSecret(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name);
  try {
    const text = await readFile(path, 'utf8');
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) await chmod(path, 0o600).catch(unlessItBelongsToOthers);
    return text.trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** True for the one who makes this empty file; false where it is there already. */
export async function makeMark(folder: string, name: string): Promise<boolean> {
  try {
    await writeNew(join(folder, name), '');
    return true;
  } catch (error) {
    unlessItExists(error);
    return false;
  }
}

/** Forgets the generated password of the first operator, because it has another one now. */
export async function forgetOperatorPassword(folder: string): Promise<void> {
  await rm(join(folder, SECRET_FILES.operatorPassword), { force: true });
  await rm(join(folder, SECRET_FILES.shown), { force: true });
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function unlessItExists(error: unknown): void {
  if (!hasCode(error, 'EEXIST')) throw error;
}

function unlessItBelongsToOthers(error: unknown): void {
  if (!hasCode(error, 'EPERM') && !hasCode(error, 'EROFS')) throw error;
}

const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
