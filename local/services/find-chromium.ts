import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Chromium and what is built from it, by the names that packages give them. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const MAC_APPS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser that tests drive, or undefined where this machine has none. */
export function findChromium(path = process.env.PATH ?? '', apps = MAC_APPS): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const files = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [...files, ...apps].find((file) => existsSync(file));
}
