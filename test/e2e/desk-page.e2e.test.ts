import type { Page } from 'playwright-core';
import type { Static } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import type { Balance } from '../../apis/storefront/desk/balance-answers.ts';
import type { LetterDetails, LetterGroupPage, LetterPage } from '../../apis/storefront/desk/letter-answers.ts';
import { describeInChromium } from '../browser/in-chromium.ts';
import { printedBy } from '../faults/checker/program-under-test.ts';
import { queryOnce } from '../harness/databases.ts';
import { logIn } from '../harness/desk-login.ts';
import { eventually } from '../harness/eventually.ts';
import { OPERATOR } from '../harness/secret.ts';
import { call, createSharedSystem } from '../harness/system.ts';
import { installedBroker, messagesIn } from '../harness/vhosts.ts';

const PATIENCE = 120_000;
/** Of each of two sources; these never succeed, those have no product, and these do not fit endput: 120 dead letters. */
const NEGATIVE = 40;
const NAMELESS = 10;
const TOO_DEAR = 10;
const POSITIVE = 20;
const DEAD = 2 * (NEGATIVE + NAMELESS + TOO_DEAR);
const ROWS = DEAD + 2 * POSITIVE;

describeInChromium('with a system behind it, the desk', (chromium) => {
  test(
    'groups what died, redrives behind a canary, mends by edit, discards and restores; the books balance all along',
    { timeout: PATIENCE * 4 },
    async () => {
      const system = await createSharedSystem(installedBroker(), { RETRY_DELAYS: '50ms' });
      onTestFinished(() => system.stop());
      const apis = await Promise.all([system.startSource(0), system.startSource(1)]);
      await system.startConsumer();
      const storefront = await system.startStorefront();
      for (const [index, api] of apis.entries()) {
        await call(api, 'POST', '/v0/insert-data', { positive_inserts: POSITIVE, negative_inserts: NEGATIVE });
        await queryOnce(
          system.urls.sources[index] ?? '',
          `insert into orders (product, price, security_check)
             select ' ', n, true from generate_series(1, $1) n union all
             select 'Product ' || n, 1e13 + n, true from generate_series(1, $2) n`,
          [NAMELESS, TOO_DEAR],
        );
        expect((await call(api, 'POST', '/v0/process/run?wait=true')).status).toBe(202);
      }
      const readBalance = async () => (await call(storefront, 'GET', '/v0/balance')).body as Balance;
      const watch = watchBalance(readBalance);
      onTestFinished(() => watch.stop().then(() => undefined));
      await system.untilBalanced(PATIENCE);

      const { page, errors } = await chromium.visit(`${storefront.url}/desk`);
      onTestFinished(() => chromium.closePages());
      // Three causes, three groups.
      await page.getByText('3 causes, the most frequent first').waitFor();
      await eventually(async () =>
        expect(await page.locator('.group-count').allInnerTexts()).toEqual(
          [2 * NEGATIVE, 2 * NAMELESS, 2 * TOO_DEAR].map(String),
        ),
      );
      await untilItComesOut(page, system.systemName(0));
      await logInAt(page);

      // The canary stops after its first message, and says why.
      await group(page, 'simulated failure').getByRole('button', { name: 'Redrive' }).click();
      const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' });
      await dialog.getByText(`${2 * NEGATIVE} would be sent again.`).waitFor();
      await dialog.getByRole('button', { name: `Redrive ${2 * NEGATIVE}` }).click();
      await operation(page).getByText('Stopped by its canary').waitFor();
      await operation(page)
        .getByText(/simulated failure: succeeds at attempt 6/)
        .waitFor();
      expect(await operation(page).locator('[data-progress=dead_again] dd').innerText()).toBe('1');
      // Without it, all of them die again, at cycle 1.
      await operation(page).getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Cancel it for good' }).click();
      await group(page, 'simulated failure').getByRole('button', { name: 'Redrive' }).click();
      await dialog.getByLabel('Begin with a canary').uncheck();
      await dialog.getByRole('button', { name: `Redrive ${2 * NEGATIVE}` }).click();
      await operation(page).getByText('Done').waitFor();
      await eventually(
        async () =>
          expect(await operation(page).locator('[data-progress=dead_again] dd').innerText()).toBe(String(2 * NEGATIVE)),
        PATIENCE,
      );

      // One is mended on the page, the others as a script would.
      await group(page, 'product is empty').locator('.group-name').click();
      await page.getByText(`Choose all that fit (${2 * NAMELESS})`).waitFor();
      await page.locator('#letter-list .letter .letter-row').first().click();
      const letter = page.getByRole('dialog', { name: 'Dead letter' });
      await letter.getByRole('button', { name: 'Edit and redrive' }).click();
      const edit = page.getByRole('dialog', { name: 'Edit and redrive' });
      await edit.getByLabel('Product').fill('Found again');
      await edit.getByLabel('Comment').fill('its name was on the receipt');
      await edit.getByRole('button', { name: 'Send it again' }).click();
      await letter.getByText('Resolved: its order is stored').waitFor();
      await letter.getByText('its name was on the receipt').waitFor();
      await page.keyboard.press('Escape');
      const { token } = await logIn(storefront);
      await mendAll(storefront, token);

      // What is left is given up, and brought back.
      await page.getByRole('button', { name: /^Without the filter/ }).click();
      await eventually(async () => expect(await page.locator('.group').count()).toBe(1), PATIENCE);
      await group(page, 'simulated failure').getByRole('button', { name: 'Discard' }).click();
      const discard = page.getByRole('dialog', { name: 'Discard dead letters' });
      await discard.getByLabel('Reason').fill('they never succeed');
      await discard.getByRole('button', { name: `Discard ${2 * NEGATIVE}` }).click();
      await page.locator('.notice', { hasText: `${2 * NEGATIVE} are discarded.` }).waitFor();
      // Marked, which the notice announces, and then counted.
      await page.getByRole('button', { name: new RegExp(`^Discarded ${2 * NEGATIVE}$`) }).waitFor();
      await untilItComesOut(page, system.systemName(1));
      expect(await messagesIn(system.urls.rabbitmq, 'primary_queue')).toBe(0);
      await eventually(async () => expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(0), PATIENCE);
      const restored = await call(storefront, 'POST', '/v0/dead-letters/restore', { selection: { filter: {} } }, token);
      expect(restored.status).toBe(202);
      await eventually(
        async () => expect(await messagesIn(system.urls.rabbitmq, 'dlq_queue')).toBe(2 * NEGATIVE),
        PATIENCE,
      );

      const each = { rows: ROWS / 2, unpublished: 0, in_flight: 0, dead: NEGATIVE, discarded: 0, difference: 0 };
      // The totals are counted on a moment after what they count.
      await eventually(
        async () => expect(await readBalance()).toMatchObject({ quiet: true, balanced: true, sources: [each, each] }),
        PATIENCE,
      );
      expect(await watch.stop()).toBeGreaterThan(10);
      expect(
        await system.endput('select state, cycle, count(*)::int as n from dead_letters group by 1, 2 order by 1, 2'),
      ).toEqual([
        // The discard was undone: its cycle is one higher than that of the redrive.
        { state: 'dead', cycle: 2, n: 2 * NEGATIVE - 1 },
        { state: 'dead', cycle: 3, n: 1 },
        { state: 'resolved', cycle: 1, n: 2 * (NAMELESS + TOO_DEAR) },
      ]);
      const audit = await system.endput<{ action: string }>('select distinct action from audit where actor = $1', [
        OPERATOR.name,
      ]);
      expect(audit.map(({ action }) => action)).toEqual(
        expect.arrayContaining(['login', 'redrive', 'cancel', 'edit', 'discard', 'restore']),
      );
      const { deviations } = await printedBy([
        ...system.urls.sources.flatMap((url, index) => ['--source', `${system.systemName(index)}=${url}`]),
        ...['--endput', system.urls.endput, '--attempt-log', system.urls.attemptLog, '--attempt-log-ttl', '1h'],
        ...['--rabbitmq', system.urls.rabbitmq, '--management', installedBroker().managementUrl, '--settled'],
      ]);
      expect(deviations).toEqual({});
      expect(errors()).toEqual([]);
    },
  );
});

const group = (page: Page, words: string) => page.locator('.group', { hasText: words });
const operation = (page: Page) => page.locator('.operation').first();

async function logInAt(page: Page): Promise<void> {
  await page.locator('#who').getByRole('button', { name: 'Log in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Log in' });
  await dialog.getByLabel('Name').fill(OPERATOR.name);
  await dialog.getByLabel('Password').fill(OPERATOR.password);
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#who').getByText(OPERATOR.name).first().waitFor();
}

const untilItComesOut = (page: Page, source: string) =>
  page.locator('.book', { hasText: source }).getByText('Comes out exactly').waitFor();

/** Gives every letter that could not be stored a product and a price, until none is left. */
async function mendAll(storefront: { url: string }, token: string): Promise<void> {
  await eventually(async () => {
    const { groups } = (await call(storefront, 'GET', '/v0/dead-letters/groups?state=dead')).body as Static<
      typeof LetterGroupPage
    >;
    const broken = groups.filter(({ reason }) => reason !== 'attempts_exhausted');
    for (const { cause_key } of broken) {
      const { body } = await call(storefront, 'GET', `/v0/dead-letters?state=dead&limit=200&cause_key=${cause_key}`);
      for (const { message_id } of (body as Static<typeof LetterPage>).dead_letters) {
        const found = await call(storefront, 'GET', `/v0/dead-letters/${message_id}`);
        const { state, cycle, body: kept } = found.body as Static<typeof LetterDetails>;
        if (state !== 'dead') continue;
        const message = JSON.parse(kept.text) as { order: object };
        const mended = { ...message, order: { ...message.order, product: 'Found again', price: '19.90' } };
        const { status } = await call(
          storefront,
          'POST',
          `/v0/dead-letters/${message_id}/edit`,
          { body: mended, cycle },
          token,
        );
        expect(status).toBe(202);
      }
    }
    expect(broken).toEqual([]);
  }, PATIENCE);
}

/**
 * Reads the balance all the time. What it says must add up at every moment, with nothing below 0 and no difference.
 * `stop` resolves with how often it was read; it rejects where it did not add up.
 */
function watchBalance(read: () => Promise<Balance>) {
  const over = new AbortController();
  let reads = 0;
  const watching = (async () => {
    while (!over.signal.aborted) {
      const { sources } = await read();
      for (const { rows, unpublished, in_flight, stored, dead, discarded, difference } of sources) {
        if (rows === null || unpublished === null || in_flight === null) throw new Error('a source does not answer');
        expect(unpublished + in_flight + stored + dead + discarded).toBe(rows);
        expect(in_flight).toBeGreaterThanOrEqual(0);
        expect(difference ?? 0).toBe(0);
      }
      reads += 1;
    }
  })();
  watching.catch(() => undefined);
  return {
    async stop(): Promise<number> {
      over.abort();
      await watching;
      return reads;
    },
  };
}
