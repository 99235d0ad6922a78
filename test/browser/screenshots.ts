import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openPage, startBrowser, type OpenPage } from './browser.ts';

/**
 * `make screenshots`: pictures of the page in use, into docs/screenshots. It needs a system that runs and has something to
 * do: `make start_with_logs` and, a moment before this, `make sample`. STOREFRONT_URL names another storefront.
 */
const FOLDER = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const url = process.env.STOREFRONT_URL ?? 'http://127.0.0.1:8000';

const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 1000 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };

const answers = await fetch(`${url}/health/ready`).then(
  ({ ok }) => ok,
  () => false,
);
if (!answers) {
  console.error(`No storefront is ready at ${url}. Run make start_with_logs, then make sample, then this again.`);
  process.exit(1);
}
await mkdir(FOLDER, { recursive: true });
const browser = await startBrowser();
try {
  await take('desktop-light', { ...DESKTOP, colorScheme: 'light' });
  await take('desktop-dark', { ...DESKTOP, colorScheme: 'dark' });
  await take('flow', { ...DESKTOP, colorScheme: 'light' }, (page) => page.locator('#flow').scrollIntoViewIfNeeded());
  await take('timeline', { ...DESKTOP, colorScheme: 'light' }, openTimeline);
  await take('phone-light', { ...PHONE, colorScheme: 'light' });
  await take('phone-dark-timeline', { ...PHONE, colorScheme: 'dark' }, openTimeline);
  await takeDesk('desk', { ...DESKTOP, colorScheme: 'light' });
  await takeDesk('desk-letter', { ...DESKTOP, colorScheme: 'light' }, openLetter);
  await takeDesk('desk-phone-dark', { ...PHONE, colorScheme: 'dark' });
} finally {
  await browser.close();
}

type Prepare = (page: Page) => Promise<unknown>;

async function take(name: string, options: BrowserContextOptions, prepare?: Prepare) {
  const opened = await openPage(browser, url, options);
  await opened.page.locator('#order-stream .row').nth(5).waitFor();
  await shoot(name, opened, prepare);
}

/** The desk; the sample has orders that can never be stored. */
async function takeDesk(name: string, options: BrowserContextOptions, prepare?: Prepare) {
  const opened = await openPage(browser, `${url}/desk`, options);
  await opened.page.locator('.letter').nth(5).waitFor();
  await opened.page.locator('.group').first().waitFor();
  await shoot(name, opened, prepare);
}

async function openLetter(page: Page): Promise<void> {
  await page.locator('.letter-row').first().click();
  await page.locator('.attempt[data-record=recorded]').first().waitFor();
}

async function shoot(name: string, { page, close }: OpenPage, prepare?: Prepare) {
  await prepare?.(page);
  // Whatever slides or fades in has arrived by then.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path: `${FOLDER}/${name}.png` });
  console.log(`docs/screenshots/${name}.png`);
  await close();
}

/** Opens an order that failed at least once, a dead letter if there is one. */
async function openTimeline(page: Page): Promise<void> {
  const dead = page.locator('#order-stream .row[data-outcome=dead]');
  const row = (await dead.count()) > 0 ? dead : page.locator('#order-stream .row[data-outcome=retrying]');
  // The list moves; what is held does not.
  await page.locator('#orders-pause').click();
  await row.first().click();
  await page.locator('.attempt[data-record=recorded]').first().waitFor();
}
