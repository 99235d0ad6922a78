import type { BrowserContextOptions } from 'playwright-core';
import { afterEach, beforeEach } from 'vitest';
import type { OpenPage } from '../browser.ts';
import { describeInChromium, type Chromium } from '../in-chromium.ts';
import { ID } from '../made-up-id.ts';
import { madeUpAttempt, madeUpProduct, madeUpTotals } from '../made-up-shop.ts';
import { startMadeUpStorefront, type MadeUpStorefront } from '../made-up-storefront.ts';

/** The made-up storefront of the test that runs: each test has its own, in which nothing has happened yet. */
export interface StorefrontOfTest extends MadeUpStorefront {
  /** A little of everything happens in it. */
  fill: () => void;
  /** After it was stopped, starts one that knows nothing of before, on the same port. */
  startAgain: (options?: { maxClients?: number }) => Promise<void>;
  /** Opens the page, and waits for nothing. */
  visit: (options?: BrowserContextOptions, path?: string) => Promise<OpenPage>;
  /** Opens the page, and waits until it is live. */
  open: (options?: BrowserContextOptions, path?: string) => Promise<OpenPage>;
}

/** Describes tests of the storefront's page, each with a made-up storefront behind it whose endput and broker are there. */
export function describeStorefront(tests: (shop: StorefrontOfTest, chromium: Chromium) => void): void {
  describeInChromium('the page', (chromium) => {
    let running: MadeUpStorefront;

    beforeEach(async () => {
      running = await startMadeUpStorefront();
      running.feed.connection('endput', 'up', Date.now());
      running.feed.connection('broker', 'up', Date.now());
    });
    afterEach(async () => {
      await chromium.closePages();
      await running.stop();
    });

    const visit: StorefrontOfTest['visit'] = (options, path = '/') => chromium.visit(`${running.url}${path}`, options);
    const shop: StorefrontOfTest = {
      get url() {
        return running.url;
      },
      get port() {
        return running.port;
      },
      get feed() {
        return running.feed;
      },
      get answers() {
        return running.answers;
      },
      stop: () => running.stop(),
      async startAgain(options) {
        running = await startMadeUpStorefront({ ...options, port: running.port });
      },
      fill() {
        const { feed } = running;
        feed.totals(madeUpTotals({ stored: 280, dead: 3, waiting: 2, revenue: '71234.50' }));
        feed.products({ products: [madeUpProduct('White mug', 9), madeUpProduct('Oak desk', 3)], count: 2 });
        for (const [attempt, outcome] of (['dead', 'retrying', 'succeeded'] as const).entries())
          feed.attempt('system_1', outcome, () => madeUpAttempt({ outcome, message_id: ID, attempt: attempt + 1 }));
      },
      visit,
      async open(options, path) {
        const opened = await visit(options, path);
        await opened.page.locator('#connection[data-state=live]').waitFor();
        return opened;
      },
    };
    tests(shop, chromium);
  });
}
