import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../../local/services/find-chromium.ts';
import { eventually } from '../harness/eventually.ts';

/** Why the tests of the page cannot run here; undefined where they can. */
export const CHROMIUM = findChromium();

/** Pixels of a phone's page and of a desktop's. */
export const WIDTHS = [390, 1440];

/** Starts the browser that this machine has. Throws where it has none. */
export async function startBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined || !existsSync(CHROMIUM))
    throw new Error('there is no Chromium; apt-get install chromium');
  // As root, and in containers, Chromium's sandbox cannot start; the page under test is our own.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/**
 * Opens an address in a fresh session of the browser, and notes what went wrong in it: errors on the console, exceptions,
 * and what the policy refused.
 */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url);
  return {
    page,
    /** What went wrong, but for what the browser itself says of a server that is away. */
    errors: () => errors.filter((error) => !/WebSocket connection to|Failed to load resource/.test(error)),
    /** All that the console said. */
    allErrors: () => errors,
    close: () => context.close(),
  };
}
export type OpenPage = Awaited<ReturnType<typeof openPage>>;

/** Expects that axe finds nothing against WCAG 2.2 AA and its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  // Colours that fade in are judged once they stand still.
  // What runs in the page is given as text: these files are checked without the browser's types.
  const still = `document.getAnimations().every((animation) =>
    animation.effect?.getComputedTiming().iterations === Infinity || animation.playState !== 'running')`;
  // Asked again from outside: the page's policy forbids it to evaluate a text by itself.
  await eventually(async () => expect(await page.evaluate(still)).toBe(true));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 300)).join(' | ')}`);
  expect(found).toEqual([]);
}

/** The number that a place of the page shows, in any locale that groups by comma or point. */
export async function numberIn(page: Page, selector: string): Promise<number> {
  const text = await page.locator(selector).innerText();
  if (!/^[\d.,]+$/.test(text)) throw new Error(`${selector} shows "${text}"`);
  return Number(text.replaceAll(/[.,]/g, ''));
}

/**
 * Opens a page of which one file does not arrive the first time, as where the network changes, and waits until the page is
 * live. Resolves with how often that file was asked for.
 */
export async function loadsDespite(page: Page, url: string, file: string): Promise<number> {
  let asked = 0;
  await page.route(file, (route) => {
    asked += 1;
    return asked === 1 ? route.abort('failed') : route.continue();
  });
  await page.goto(url);
  await page.locator('#connection[data-state=live]').waitFor();
  return asked;
}

/** Nothing in these boxes, named by their selectors, runs over their side. */
export async function expectNothingOver(page: Page, boxes: readonly string[]): Promise<void> {
  for (const box of boxes) {
    const element = `document.querySelector('${box}')`;
    const isWithin = await page.evaluate(`${element}.scrollWidth <= ${element}.clientWidth + 1`);
    expect([box, isWithin]).toEqual([box, true]);
  }
}
