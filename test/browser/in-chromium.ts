import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { CHROMIUM, openPage, startBrowser, type OpenPage } from './browser.ts';

/** The browser of a file of tests. */
export interface Chromium {
  newContext: Browser['newContext'];
  /** Opens an address as `openPage` does; `closePages` closes it. */
  visit: (url: string, options?: BrowserContextOptions) => Promise<OpenPage>;
  /** Closes what was visited; to be called before their server stops, so that no page goes on asking it. */
  closePages: () => Promise<void>;
}

/**
 * Describes tests in one browser that they share, because to start one takes longer than many of them. Where this machine
 * has none they are skipped, and their title says so: no skipped test looks like a passed one.
 */
export function describeInChromium(what: string, tests: (chromium: Chromium) => void): void {
  describe.skipIf(CHROMIUM === undefined)(`${what}${CHROMIUM ? '' : ' (SKIPPED: there is no Chromium)'}`, () => {
    let browser: Browser;
    const opened: OpenPage[] = [];

    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser.close());

    tests({
      newContext: (options) => browser.newContext(options),
      async visit(url, options) {
        const page = await openPage(browser, url, options);
        opened.push(page);
        return page;
      },
      async closePages() {
        for (const { close } of opened.splice(0)) await close();
      },
    });
  });
}
