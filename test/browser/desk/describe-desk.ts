import type { BrowserContextOptions } from 'playwright-core';
import { afterEach, beforeEach, expect } from 'vitest';
import type { OpenPage } from '../browser.ts';
import { describeInChromium, type Chromium } from '../in-chromium.ts';
import { startMadeUpDesk, type RunningDesk } from '../made-up-desk.ts';
import { madeUpLetters } from '../made-up-letters.ts';

/** The made-up desk of the test that runs: each test has its own, with 120 dead letters until it says otherwise. */
export interface DeskOfTest extends Pick<RunningDesk, 'url' | 'state' | 'login'> {
  /** Opens the desk's page, and waits for nothing. */
  visit: (options?: BrowserContextOptions, path?: string) => Promise<OpenPage>;
  /** Opens the desk's page, and waits until it is live and has listed its letters. */
  open: (options?: BrowserContextOptions, path?: string) => Promise<OpenPage>;
}

/**
 * Describes tests of the desk's page, each with a made-up desk behind it. After each the desk must have given no answer that
 * the API would not give, or the test was about nothing.
 */
export function describeDesk(tests: (desk: DeskOfTest, chromium: Chromium) => void): void {
  describeInChromium('the desk', (chromium) => {
    let running: RunningDesk;

    beforeEach(async () => {
      running = await startMadeUpDesk(madeUpLetters());
    });
    afterEach(async () => {
      await chromium.closePages();
      await running.stop();
      expect(running.wrongAnswers).toEqual([]);
    });

    const visit: DeskOfTest['visit'] = (options, path = '/desk') => chromium.visit(`${running.url}${path}`, options);
    const desk: DeskOfTest = {
      get url() {
        return running.url;
      },
      get state() {
        return running.state;
      },
      get login() {
        return running.login;
      },
      visit,
      async open(options, path) {
        const opened = await visit(options, path);
        await opened.page.locator('#connection[data-state=live]').waitFor();
        await opened.page.locator('#letters[aria-busy=false]').waitFor();
        return opened;
      },
    };
    tests(desk, chromium);
  });
}
