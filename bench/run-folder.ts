import { chmod, mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from '../runtime/data-folder.ts';
import { endEverything } from './end-everything.ts';

/**
 * Does work with a folder of its own, for servers whose data nobody needs afterwards: when the work is done, or has failed,
 * everything that was started for the folder is ended and the folder deleted. It lies beside the data of
 * `make start_with_logs`: a folder for temporary files may be in memory, where syncing costs nothing.
 */
export async function inRunFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(dataFolder(process.env), 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'run-'));
  try {
    // The database servers may run as another user.
    await chmod(folder, 0o755);
    return await work(folder);
  } finally {
    await endEverything(folder);
    // Another run may have its folder there.
    await rmdir(parent).catch(() => undefined);
  }
}
