import { installByApt, type Installer } from './install-requirements.ts';
import { thisMachine } from './requirements.ts';
import { findChromium } from './services/find-chromium.ts';

/**
 * Sees to it that the tests of the page have a browser: on Debian as root by apt-get. Elsewhere it says that they will be
 * skipped, and what to install; nothing else needs a browser, so that is no failure.
 */
export async function installBrowser(installer: Installer): Promise<void> {
  if (findChromium() !== undefined) return;
  const { isRoot, packageManager } = thisMachine();
  let why = 'It is installed by itself only on Debian as root.';
  if (packageManager === 'apt-get' && isRoot) {
    const failure = await installByApt(['chromium'], () => findChromium() !== undefined, installer);
    if (failure === undefined) return;
    why = failure;
  }
  installer.say(`There is no Chromium, so the tests of the storefront's page will be SKIPPED. ${why}`);
}
