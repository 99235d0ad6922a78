import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A fingerprint of what an image is built from: its section of the Compose file and every file that may get into its
 * context. It also changes with files that only tests read; one build too many does no harm.
 */
export async function fingerprint(context: string, section: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(section));
  for (const path of await filesOf(context)) {
    const file = join(context, path);
    const { mode, isSymbolicLink } = await lstat(file).then((stat) => ({
      mode: stat.mode & 0o777,
      isSymbolicLink: stat.isSymbolicLink(),
    }));
    const content = isSymbolicLink ? await readlink(file) : await readFile(file);
    hash.update(JSON.stringify([path, mode, content.length])).update(content);
  }
  return hash.digest('hex');
}

/** The files of a context, sorted: what its .dockerignore lets in again after `*`, or all where it says otherwise. */
async function filesOf(context: string): Promise<string[]> {
  const rules = (await readFile(join(context, '.dockerignore'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const roots =
    rules[0] === '*'
      ? ['.dockerignore', 'Dockerfile', ...rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))]
      : ['.'];
  const found = await Promise.all(roots.map((root) => filesBelow(context, root)));
  return [...new Set(found.flat())].sort();
}

async function filesBelow(context: string, path: string): Promise<string[]> {
  const stat = await lstat(join(context, path)).catch(() => undefined);
  if (!stat?.isDirectory()) return stat ? [path] : [];
  const entries = await readdir(join(context, path));
  return (await Promise.all(entries.map((entry) => filesBelow(context, join(path, entry))))).flat();
}
