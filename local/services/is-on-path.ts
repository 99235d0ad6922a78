import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program is in one of the folders of a PATH. */
export const isOnPath = (program: string, path = process.env.PATH ?? ''): boolean =>
  path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));
