import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../apis/http/errors.ts';
import { eventually } from '../harness/eventually.ts';
import { CHROMIUM, expectAccessible, loadsDespite, openPage, startBrowser, type OpenPage } from './browser.ts';
import { HOSTILE } from './hostile-names.ts';
import { expectNoEnglish, PORTUGUESE as PT } from './left-over-english.ts';
import { startMadeUpDesk, type RunningDesk } from './made-up-desk.ts';
import { attemptOf, madeUpLetter, madeUpLetters } from './made-up-letters.ts';

const WIDTHS = [390, 1440];
const ID = '08d0382e-8681-58ff-a43e-12f9d167641c';

describe.skipIf(CHROMIUM === undefined)(`the desk${CHROMIUM ? '' : ' (SKIPPED: there is no Chromium)'}`, () => {
  let browser: Browser;
  let desk: RunningDesk;
  let opened: OpenPage | undefined;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    desk = await startMadeUpDesk(madeUpLetters());
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
    await desk.stop();
    expect(desk.wrongAnswers).toEqual([]);
  });

  async function open(options: Parameters<typeof openPage>[2] = {}, path = '/desk') {
    opened = await openPage(browser, `${desk.url}${path}`, options);
    await opened.page.locator('#connection[data-state=live]').waitFor();
    await opened.page.locator('#letters[aria-busy=false]').waitFor();
    return opened.page;
  }
  async function logIn(page: Page, name = 'ana', password = 'right') {
    await page.locator('#who').getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, name, password);
  }
  async function fillLogin(page: Page, name: string, password: string) {
    const dialog = page.getByRole('dialog', { name: 'Log in' });
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Password').fill(password);
    await dialog.getByRole('button', { name: 'Log in' }).click();
  }
  const loggedIn = async (page: Page) => {
    await logIn(page);
    await page.locator('#who').getByText('ana').waitFor();
  };
  const rows = (page: Page) => page.locator('#letter-list .letter');
  const group = (page: Page, words: string) => page.locator('.group', { hasText: words });
  const operation = (page: Page) => page.locator('.operation').first();
  const book = (page: Page, source: string) => page.locator('.book', { hasText: source });

  test('is loaded again where one of its modules did not arrive', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    try {
      const page = await context.newPage();
      expect(await loadsDespite(page, `${desk.url}/desk`, '**/view/poll.js')).toBe(2);
    } finally {
      await context.close();
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of WIDTHS) {
      test(`is accessible in ${colorScheme} at ${width} pixels with all its dialogs, and nothing runs over the side`, async () => {
        const page = await open({ colorScheme, viewport: { width, height: 900 } });
        const check = async (what: string) => {
          await expectAccessible(page);
          expect(await page.evaluate<number>('document.documentElement.scrollWidth'), what).toBeLessThanOrEqual(width);
          const overflowing = await page.evaluate<string[]>(
            `[...document.querySelectorAll('dialog[open] .dialog-body, .operations, .groups, #letter-list, .book')]
              .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)`,
          );
          expect([what, overflowing]).toEqual([what, []]);
        };
        await rows(page).nth(40).waitFor();
        await check('nobody is logged in');
        await page.locator('#who').getByRole('button', { name: 'Log in' }).click();
        await check('the login');
        await fillLogin(page, 'ana', 'right');
        await page.locator('#who').getByText('ana').waitFor();
        await page.getByRole('checkbox', { name: 'Choose all that are listed' }).check();
        await check('chosen');
        await page.locator('#letter-actions').getByRole('button', { name: 'Redrive' }).click();
        await page.getByText('would be sent again').waitFor();
        await check('the redrive');
        await page.getByRole('button', { name: 'Redrive 50' }).click();
        await operation(page).getByText('Stopped by its canary').waitFor();
        await check('the operation');
        await group(page, 'invalid order').getByRole('button', { name: 'invalid order' }).first().click();
        await page.locator('#filter-chips .chip').waitFor();
        await rows(page).first().locator('.letter-row').click();
        const letter = page.getByRole('dialog', { name: 'Dead letter' });
        await letter.getByText('Body', { exact: true }).click();
        await letter.getByText('Headers', { exact: true }).click();
        await check('the letter');
        await letter.getByRole('button', { name: 'Edit and redrive' }).click();
        await page.getByRole('button', { name: 'Send it again' }).click();
        await page.getByText('A positive number with at most 2 decimals, such as 12.50.').waitFor();
        await check('the edit');
        expect(opened?.allErrors()).toEqual([]);
      });
    }
  }

  test('groups 120 dead letters by their three causes, and a group filters the list', async () => {
    const page = await open();
    await page.getByText('3 causes, the most frequent first').waitFor();
    expect(await page.locator('.group-count').allInnerTexts()).toEqual(['60', '30', '30']);
    const invalid = group(page, 'invalid order: price … is not a positive number');
    await invalid.getByText('system_1 20 · system_2 10').waitFor();
    await invalid.getByText('Linen shirt: invalid order: price "-1.00"').waitFor();
    await invalid.locator('.group-name').click();
    await page.getByText('Choose all that fit (30)').waitFor();
    await eventually(async () => expect(await rows(page).count()).toBe(30));
    expect(await invalid.locator('.group-name').getAttribute('aria-pressed')).toBe('true');
    expect(await page.locator('.group').count()).toBe(3);
    // It is in the address: whoever gets that sees the same.
    await page.reload();
    await eventually(async () => expect(await rows(page).count()).toBe(30));
    await page.getByRole('button', { name: /^Without the filter “Cause: invalid order/ }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(50));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(100));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(120));
    expect(await page.getByRole('button', { name: 'More', exact: true }).isVisible()).toBe(false);
  });

  test('filters by source, reason, product and time, and finds a message by its id', async () => {
    const [last] = desk.state.letters.slice(-1);
    const page = await open();
    await page.getByLabel('Source').selectOption('system_2');
    await eventually(async () => expect(await rows(page).count()).toBe(40));
    await page.getByLabel('Reason').selectOption('invalid_message');
    await eventually(async () => expect(await rows(page).count()).toBe(10));
    const search = page.getByRole('searchbox');
    await search.fill('oak');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    await page.getByLabel('Died before').fill('2020-01-01T00:00');
    await page.getByText('No dead letter fits these filters.').waitFor();
    expect(new URL(page.url()).searchParams.get('product')).toBe('oak');
    await page.getByRole('button', { name: 'Without any filter' }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(50));
    await search.fill(last?.message_id ?? '');
    await eventually(async () => expect(await rows(page).count()).toBe(1));
    await search.fill(ID);
    await page.getByText('There is no dead letter with this message id.').waitFor();
    await search.press('Escape');
    await page.getByRole('button', { name: 'Resolved' }).click();
    await page.getByText('No dead letter was mended yet.').waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('shows what nobody and a viewer cannot do, and says why', async () => {
    const page = await open();
    const redrive = page.locator('#letter-actions').getByRole('button', { name: 'Redrive' });
    await page.getByText('Only an operator can change something: log in first.').waitFor();
    expect(await redrive.getAttribute('aria-disabled')).toBe('true');
    expect(await redrive.getAttribute('aria-description')).toContain('log in first');
    await redrive.click({ force: true });
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await logIn(page, 'vito', 'wrong');
    await page.getByText('Name or password is wrong.').waitFor();
    await fillLogin(page, 'vito', 'right');
    await page.getByText('You are logged in as a viewer: only an operator can change something.').waitFor();
    expect(await redrive.getAttribute('aria-description')).toContain('viewer');
    await page.reload();
    await page.locator('#who').getByText('vito').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('Only an operator can change something: log in first.').waitFor();
    await loggedIn(page);
    expect(await redrive.getAttribute('aria-description')).toBe('Choose some dead letters first.');
    await page.getByText('Choose all that fit (120)').click();
    await page.getByText('All 120 that fit are chosen.').waitFor();
    expect(await redrive.getAttribute('aria-disabled')).toBeNull();
    await rows(page).first().getByRole('checkbox').uncheck();
    await page.getByText('49 chosen.').waitFor();
  });

  test('redrives a group behind a canary, which stops after its first message and says why', async () => {
    const page = await open();
    await loggedIn(page);
    await rows(page).filter({ hasText: 'Refused by endput' }).first().getByRole('checkbox').check();
    await group(page, 'simulated failure').getByRole('button', { name: 'Redrive' }).click();
    const dialog = page.getByRole('dialog', { name: 'Redrive dead letters' });
    await dialog.getByText('All of this cause').waitFor();
    await dialog.getByText('60 would be sent again.').waitFor();
    await dialog.getByLabel('Rate, at most').fill('0');
    await dialog.getByRole('button', { name: 'Redrive 60' }).click();
    await dialog.getByText('A whole number from 1 to 100,000, or nothing.').waitFor();
    await dialog.getByLabel('Rate, at most').fill('500');
    await dialog.getByLabel('Comment').fill('after the fix');
    await dialog.getByRole('button', { name: 'Redrive 60' }).click();
    await operation(page).getByText('Stopped by its canary').waitFor();
    await operation(page)
      .getByText(
        '1 of the 1 messages of this step died again (100%, 0% may); most often: simulated failure: never succeeds · ' +
          'canary at step 1, stops above 0%',
      )
      .waitFor();
    await operation(page).getByText('after the fix').waitFor();
    expect(await operation(page).locator('[data-progress=waiting] dd').innerText()).toBe('59');
    expect(await operation(page).locator('[data-progress=dead_again] dd').innerText()).toBe('1');
    await page.locator('.notice', { hasText: 'stopped by its canary' }).waitFor();
    expect(desk.state.letters.filter(({ cycle }) => cycle === 1).length).toBe(1);
    // It is for good, so it is asked; nothing that was chosen in the list is lost by an order from elsewhere.
    await operation(page).getByRole('button', { name: 'Cancel' }).click();
    const asked = page.getByRole('dialog', { name: 'Cancel this operation?' });
    await asked.getByText('59 messages that were not sent yet stay as they are.').waitFor();
    await expectAccessible(page);
    await asked.getByRole('button', { name: 'Go on with it' }).click();
    await asked.waitFor({ state: 'hidden' });
    await operation(page).getByText('Stopped by its canary').waitFor();
    await page.getByText('1 chosen.').waitFor();
    await operation(page).getByRole('button', { name: 'Cancel' }).click();
    await asked.getByRole('button', { name: 'Cancel it for good' }).click();
    await operation(page).getByText('Cancelled').waitFor();
    expect(await operation(page).locator('.operation-controls').getByRole('button').count()).toBe(0);
    // What died again is listed, and leads to its letter.
    await operation(page).getByRole('button', { name: '1 dead again: show them' }).click();
    const list = page.getByRole('dialog', { name: 'Redrive: what died again' });
    await list.getByText('1 message.').waitFor();
    await expectAccessible(page);
    await list.locator('tbody').getByRole('button').click();
    await page.getByRole('dialog', { name: 'Dead letter' }).getByText('What was done to it').waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('shows the progress of a redrive without a canary, pauses and resumes it; the balance is exact all along', async () => {
    Object.assign(desk.state, { atOnce: 5, holdsOutcomes: true });
    for (const letter of desk.state.letters) if (letter.reason === 'invalid_message') letter.fate = 'stored';
    const page = await open();
    await loggedIn(page);
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    await page.getByText('Choose all that fit (120)').click();
    await page.locator('#letter-actions').getByRole('button', { name: 'Redrive' }).click();
    await page.getByLabel('Begin with a canary').uncheck();
    await page.getByRole('button', { name: 'Redrive 120' }).click();
    await operation(page).getByRole('button', { name: 'Pause' }).click();
    await operation(page).getByText('Paused').waitFor();
    await book(page, 'system_1').getByText('Something is under way').waitFor();
    // What was sent before has its outcome, then nothing is under way until it goes on.
    Object.assign(desk.state, { atOnce: 120, holdsOutcomes: false });
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    await operation(page).getByRole('button', { name: 'Resume' }).click();
    await operation(page).getByText('Done').waitFor();
    await eventually(async () =>
      expect(await operation(page).locator('[data-progress=stored] dd').innerText()).toBe('30'),
    );
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    expect(await book(page, 'system_1').locator('dd[data-part=stored]').innerText()).toBe('5,420');
    await page.getByRole('button', { name: /^Resolved 30$/ }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(30));
    expect(opened?.allErrors()).toEqual([]);
  });

  test('edits an order, says what is wrong with it, and shows in its history what was changed', async () => {
    desk.state.letters = [
      madeUpLetter({ message_id: ID, price: '-1.00', reason: 'invalid_message', error_kind: 'invalid_message' }),
    ];
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByText('log in first').waitFor();
    await letter.getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, 'ana', 'right');
    await letter.getByRole('button', { name: 'Edit and redrive' }).click();
    const edit = page.getByRole('dialog', { name: 'Edit and redrive' });
    const json = edit.getByLabel('The whole message');
    const send = edit.getByRole('button', { name: 'Send it again' });
    await send.click();
    await edit.getByText('A positive number with at most 2 decimals, such as 12.50.').waitFor();
    expect(await page.evaluate('document.activeElement.getAttribute("aria-invalid")')).toBe('true');
    await edit.getByLabel('Price').fill('19.90');
    expect(await json.inputValue()).toContain('"price": "19.90"');
    await json.fill((await json.inputValue()).replace('White mug', 'Blue mug'));
    expect(await edit.getByLabel('Product').inputValue()).toBe('Blue mug');
    await json.fill('{');
    await edit.getByText('This is not valid JSON.').waitFor();
    expect(await edit.getByLabel('Product').isDisabled()).toBe(true);
    await json.press('Control+z');
    await edit.getByLabel('Comment').fill('price from the shop');
    // The API has the last word, and is heard at the field that it names.
    desk.state.refusal = new ApiError(400, 'ORDER_INVALID', 'invalid order: product is not sold any more');
    await send.click();
    await edit.locator('.field', { hasText: 'Product' }).getByText('product is not sold any more').waitFor();
    // Where no edit can help, it says what can.
    desk.state.refusal = new ApiError(409, 'LETTER_IS_COPY', 'This is a copy of message 1: discard this one.');
    await send.click();
    await edit.getByText('its order would be stored twice. Discard this one.').waitFor();
    expect(await edit.getByRole('button', { name: 'Look what it is now; my text stays' }).count()).toBe(0);
    // Somebody else was faster: what was typed stays.
    const [stored] = desk.state.letters;
    if (stored) stored.cycle = 3;
    await send.click();
    await edit.getByText('somebody else did something with this dead letter').waitFor();
    await edit.getByRole('button', { name: 'Look what it is now; my text stays' }).click();
    await edit.getByText('It is a dead letter again, at redrive 3.').waitFor();
    expect(await edit.getByLabel('Price').inputValue()).toBe('19.90');
    await send.click();
    await edit.waitFor({ state: 'hidden' });
    await letter.getByText('Resolved: its order is stored').waitFor();
    await letter.getByText('price from the shop').waitFor();
    expect(await letter.locator('[data-diff=removed] code').allInnerTexts()).toEqual([
      '    "product": "White mug",',
      '    "price": "-1.00",',
    ]);
    expect(await letter.locator('[data-diff=added] code').allInnerTexts()).toEqual([
      '    "product": "Blue mug",',
      '    "price": "19.90",',
    ]);
    await page.keyboard.press('Escape');
    // The browser tells the page of the closing a moment later.
    await eventually(async () => expect(await page.evaluate('location.hash')).toBe(''));
    expect(opened?.errors()).toEqual([]);
  });

  test('goes on asking for a letter whose history tells of an order before its state does', async () => {
    desk.state.letters = [madeUpLetter({ message_id: ID, fate: 'stored' })];
    desk.state.tornReads = 1;
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, 'ana', 'right');
    await letter.getByRole('button', { name: 'Redrive', exact: true }).click();
    await page.getByRole('button', { name: 'Redrive 1' }).click();
    await letter.getByText('What was done to it').waitFor();
    await letter.getByText('Resolved: its order is stored').waitFor();
    expect(desk.state.tornReads).toBe(0);
    expect(opened?.errors()).toEqual([]);
  });

  test('shows in an open letter what somebody else did with it', async () => {
    const dead = madeUpLetter({ message_id: ID });
    desk.state.letters = [dead];
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByText('Timeline', { exact: true }).waitFor();
    dead.state = 'resolved';
    await letter.getByText('Resolved: its order is stored').waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('leaves whoever is in an open letter where they are when it changes: the focus, what is scrolled, opened and selected', async () => {
    const dead = madeUpLetter({ message_id: ID, error_message: 'a long error\n'.repeat(400) });
    desk.state.letters = [dead];
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByText('Body', { exact: true }).click();
    await page.evaluate(`(() => {
      const error = document.querySelector('.letter-message');
      error.focus();
      error.scrollTop = 100;
      document.querySelector('dialog[open] .dialog-body').scrollTop = 60;
      getSelection().selectAllChildren(document.querySelector('#letter-body code'));
    })()`);
    const place = () =>
      page.evaluate(`[document.activeElement.className, document.activeElement.scrollTop,
        document.querySelector('dialog[open] .dialog-body').scrollTop, document.querySelector('#letter-body').open,
        getSelection().toString().includes('White mug')]`);
    const before = await place();
    expect(before).toEqual(['letter-message', 100, 60, true, true]);
    dead.state = 'resolved';
    dead.headers = { ...dead.headers, cycle: 1 };
    dead.timeline = [...dead.timeline, attemptOf(1, 1, 'succeeded', new Date().toISOString())];
    await letter.getByText('Resolved: its order is stored').waitFor();
    expect(await letter.locator('.attempt').count()).toBe(6);
    expect(await letter.getByRole('button', { name: 'Discard' }).count()).toBe(0);
    expect(await place()).toEqual(before);
    await expectAccessible(page);
    expect(opened?.allErrors()).toEqual([]);
  });

  test('draws nothing of an open letter anew that has not changed', async () => {
    const dead = madeUpLetter({ message_id: ID });
    desk.state.letters = [dead];
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByText('Timeline', { exact: true }).waitFor();
    await page.evaluate(`(() => {
      window.drawn = [];
      new MutationObserver((records) => window.drawn.push(...records.map(({ target }) => target.nodeName)))
        .observe(document.querySelector('dialog[open] .dialog-body'), { subtree: true, childList: true, attributes: true, characterData: true });
    })()`);
    await page.waitForResponse((answer) => answer.url().endsWith(ID));
    dead.product = 'Blue mug';
    await letter.getByText('Blue mug', { exact: true }).waitFor();
    expect(await page.evaluate('window.drawn')).toEqual(['#text']);
  });

  test('gives the focus to the title of a letter where what had it is gone', async () => {
    desk.state.letters = [madeUpLetter({ message_id: ID })];
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, 'ana', 'right');
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    const discard = letter.locator('button[data-key=discard]:not([aria-disabled])');
    await discard.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Discard dead letters' }).getByText('1 would be discarded.').waitFor();
    await page.getByRole('textbox', { name: 'Reason' }).fill('a test order');
    await page.getByRole('button', { name: 'Discard 1' }).press('Enter');
    await letter.getByRole('button', { name: 'Bring back' }).waitFor();
    expect(await focused()).toBe('Dead letter');
    // Somebody else brings it back meanwhile: the button to which the focus would return is gone.
    await letter.getByRole('button', { name: 'Bring back' }).press('Enter');
    const restore = page.getByRole('dialog', { name: 'Bring discarded ones back' });
    await restore.waitFor();
    for (const each of desk.state.letters) each.state = 'dead';
    await letter.locator('button[data-key=discard]').waitFor();
    await page.keyboard.press('Escape');
    await restore.waitFor({ state: 'detached' });
    await eventually(async () => expect(await focused()).toBe('Dead letter'));
    expect(opened?.allErrors()).toEqual([]);
  });

  test.each([
    ['en-US', 'Dead letter', /^As of .* No newer answer: Endput is away\..* It is asked for again by itself\.$/],
    [
      'pt-BR',
      PT['letter.title'],
      /^Situação de .*: O endput está fora do ar\..* A página pergunta de novo por si mesma\.$/,
    ],
  ])(
    'says of a letter that is shown since when nothing newer is known, until there is an answer, in %s',
    async (locale, title, said) => {
      desk.state.letters = [madeUpLetter({ message_id: ID })];
      const page = await open({ locale }, `/desk#letter=${ID}`);
      const letter = page.getByRole('dialog', { name: title });
      const stale = letter.locator('#letter-stale');
      await letter.locator('.order-product').waitFor();
      expect(await stale.count()).toBe(0);
      await letter.locator('.letter-message').focus();
      desk.state.isAway = true;
      await stale.filter({ hasText: said }).waitFor();
      expect(await letter.locator('.order-product').innerText()).toBe('White mug');
      await expectAccessible(page);
      desk.state.isAway = false;
      await stale.waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.className')).toBe('letter-message');
    },
  );

  test('says of a letter that is shown that its row is gone', async () => {
    desk.state.letters = [madeUpLetter({ message_id: ID })];
    const page = await open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.locator('.order-product').waitFor();
    desk.state.letters = [];
    await letter.locator('#letter-stale', { hasText: /No newer answer: It is no dead letter\. It is asked/ }).waitFor();
    expect(await letter.locator('.order-product').innerText()).toBe('White mug');
  });

  test('discards only with a reason, and brings back what was discarded', async () => {
    const page = await open();
    await loggedIn(page);
    await rows(page).nth(0).getByRole('checkbox').check();
    await rows(page).nth(1).getByRole('checkbox').check();
    await page.locator('#letter-actions').getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard dead letters' });
    await dialog.getByText('2 would be discarded.').waitFor();
    await dialog.getByRole('button', { name: 'Discard 2' }).click();
    await dialog.getByText('Write why they are given up.').waitFor();
    await dialog.getByLabel('Reason').fill('test orders');
    await dialog.getByRole('button', { name: 'Discard 2' }).click();
    await page.locator('.notice', { hasText: '2 are discarded.' }).waitFor();
    await page.getByRole('button', { name: /^Discarded 2$/ }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    await page.getByRole('checkbox', { name: 'Choose all that are listed' }).check();
    await page.locator('#letter-actions').getByRole('button', { name: 'Bring back' }).click();
    await page.getByRole('button', { name: 'Bring 2 back' }).click();
    await page.getByText('Nothing was discarded.').waitFor();
    await page.getByRole('button', { name: /^Dead 120$/ }).waitFor();
    const restored = desk.state.letters.find(({ history }) => history.length === 2);
    expect(restored?.history.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'ana discarded',
      'ana restored',
    ]);
    expect(opened?.allErrors()).toEqual([]);
  });

  test('asks for the login again when the session ended in mid-work, and loses nothing that was typed', async () => {
    const page = await open();
    await loggedIn(page);
    await group(page, 'out of range').getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard dead letters' });
    await dialog.getByLabel('Reason').fill('ids beyond all bounds');
    desk.login.endAllSessions();
    await dialog.getByRole('button', { name: 'Discard 30' }).click();
    await page.getByText('You are not logged in any more.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.getByText(/^Not ordered: /).waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('ids beyond all bounds');
    await dialog.getByRole('button', { name: 'Discard 30' }).click();
    await fillLogin(page, 'ana', 'right');
    await page.locator('.notice', { hasText: '30 are discarded.' }).waitFor();
    expect(desk.state.operations.map(({ shown }) => shown.comment)).toEqual(['ids beyond all bounds']);
    expect(opened?.errors()).toEqual([]);
  });

  test('renews the session while somebody uses the page, and says when it has ended', async () => {
    desk.login.options.lifetime = 21;
    const page = await open();
    await loggedIn(page);
    await eventually(async () => {
      await page.keyboard.press('Shift');
      expect(desk.login.counts.renewals).toBeGreaterThan(0);
    }, 60_000);
    await page.locator('.notice', { hasText: 'Your session has ended.' }).waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('shows in red what the balance does not account for, and lists those rows', async () => {
    desk.state.books.set('system_2', { rows: 3_540, stored: 3_500, missing: 3 });
    const page = await open();
    const link = book(page, 'system_2').getByRole('button', { name: '3 rows are unaccounted for' });
    await link.click();
    const dialog = page.getByRole('dialog', { name: 'Unaccounted rows of system_2' });
    await dialog.getByText('3 found; all 3,543 rows were looked at.').waitFor();
    expect(await dialog.locator('tbody tr').count()).toBe(3);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    desk.state.books.set('system_2', { rows: 3_540, stored: 3_500, missing: 0 });
    await book(page, 'system_2').getByText('Comes out exactly').waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('says what the balance waits for while a long transaction keeps orders from being counted', async () => {
    desk.state.heldBackSince = new Date();
    const page = await open();
    await page.getByText(/^Since .* a long transaction keeps new orders from being counted/).waitFor();
    await book(page, 'system_1').getByText('Something is under way').waitFor();
    desk.state.heldBackSince = undefined;
    await page.getByText(/^All is quiet/).waitFor();
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('says of rows that are gone what can be said: how many, and that they cannot be listed', async () => {
    desk.state.books.set('system_2', { rows: 3_540, stored: 3_502, missing: 0 });
    const page = await open();
    const tooMany = book(page, 'system_2').getByRole('button', { name: '2 more are settled than there are rows' });
    await tooMany.waitFor();
    expect(await book(page, 'system_2').getAttribute('data-verdict')).toBe('unaccounted');
    expect(await book(page, 'system_2').locator('dd').allInnerTexts()).toEqual(['0', '0', '3,502', '40', '0']);
    await tooMany.click();
    const dialog = page.getByRole('dialog', { name: 'Unaccounted rows of system_2' });
    await dialog
      .getByText(/^2 orders more are settled than the source has rows: .* What is gone cannot be listed/)
      .waitFor();
    await dialog.getByText('There are none: all 3,540 rows that the source has are accounted for.').waitFor();
    expect(await dialog.locator('tbody tr').count()).toBe(0);
    expect(opened?.allErrors()).toEqual([]);
  });

  test('lists what a redrive left alone, with the reason', async () => {
    // The oldest are the first of the set, and a canary looks on for one that it can send.
    for (const letter of desk.state.letters.slice(60)) letter.redrivable = false;
    const page = await open();
    await loggedIn(page);
    await page.getByText('Choose all that fit (120)').click();
    await page.locator('#letter-actions').getByRole('button', { name: 'Redrive' }).click();
    await page.getByRole('button', { name: 'Redrive 60' }).click();
    await operation(page).getByRole('button', { name: '60 skipped: show them' }).click();
    const list = page.getByRole('dialog', { name: 'Redrive: what was left alone' });
    await list.getByText('50 messages so far; there are more.').waitFor();
    await list.getByRole('button', { name: 'More' }).click();
    await list.getByText('60 messages.', { exact: true }).waitFor();
    expect(await list.getByText('its body does not claim to be this message: edit it').count()).toBe(60);
    await expectAccessible(page);
    expect(opened?.allErrors()).toEqual([]);
  });

  test('shows what the last sweep did, has one now, and shows who did what', async () => {
    const page = await open();
    const sweep = page.locator('#sweep');
    await sweep.getByText('None was carried through yet.').waitFor();
    const now = sweep.getByRole('button', { name: 'Sweep now' });
    expect(await now.getAttribute('aria-disabled')).toBe('true');
    for (let n = 0; n < 60; n += 1)
      desk.state.audit('', 'login_refused', { name: HOSTILE[n % HOSTILE.length], again: n });
    // Names of people are for those who are logged in.
    await page.locator('#audit').getByRole('button', { name: 'Show it' }).click();
    await fillLogin(page, 'ana', 'right');
    const audit = page.getByRole('dialog', { name: 'Audit' });
    await audit.getByText('The newest 50 entries; there are more.').waitFor();
    await expectAccessible(page);
    await audit.getByRole('button', { name: 'More' }).click();
    await audit.getByText('61 entries.', { exact: true }).waitFor();
    const box = `document.querySelector('dialog[open] .dialog-body')`;
    expect(await page.evaluate(`${box}.scrollWidth <= ${box}.clientWidth + 1`)).toBe(true);
    await page.keyboard.press('Escape');
    await now.click();
    await sweep.getByText(/^The last one ended /).waitFor();
    await sweep.getByText('missing, put back').waitFor();
    expect(await sweep.locator('dd').allInnerTexts()).toEqual(['123', '2', '4', '1']);
    await page.locator('#audit').getByRole('button', { name: 'Show it' }).click();
    await audit.getByRole('row', { name: /ana Sweep/ }).waitFor();
    expect(opened?.errors()).toEqual([]);
  });

  test('lists the oldest first where that is asked for', async () => {
    const page = await open();
    const first = () => rows(page).first().locator('.row-time').getAttribute('datetime');
    const times = desk.state.letters.map(({ died_at }) => died_at).sort();
    expect(await first()).toBe(times.at(-1));
    await page.getByRole('button', { name: 'Oldest first' }).click();
    await eventually(async () => expect(await first()).toBe(times[0]));
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await eventually(async () => expect(await rows(page).count()).toBe(100));
    await page.getByRole('button', { name: 'Oldest first' }).click();
    await eventually(async () => expect(await first()).toBe(times.at(-1)));
  });

  test.each([
    ['20 minutes ahead', 1_200_000],
    ['20 minutes behind', -1_200_000],
  ])('stays logged in over a reload where the clock of the browser is %s', async (_what, off) => {
    const page = await open();
    await page.addInitScript(`const now = Date.now; Date.now = () => now() + ${off};`);
    await page.reload();
    await loggedIn(page);
    await page.reload();
    await page.locator('#who').getByText('ana').waitFor();
    await page.locator('#connection[data-state=live]').waitFor();
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    expect(await page.locator('#who').getByText('ana').count()).toBe(1);
    expect(opened?.allErrors()).toEqual([]);
  });

  test('says when the storefront does not answer, keeps what it shows as old, and goes on by itself', async () => {
    const page = await open();
    desk.state.isAway = true;
    await page.locator('.notice', { hasText: /^As of .* No newer answer: Endput is away\. Try/ }).waitFor();
    await page.locator('#balance[data-stale=true]').waitFor();
    expect(await rows(page).count()).toBe(50);
    await expectAccessible(page);
    desk.state.isAway = false;
    await page.locator('#connection[data-state=live]').waitFor();
    await page.locator('#balance[data-stale=false]').waitFor();
    await page.locator('.notice', { hasText: 'No newer answer' }).waitFor({ state: 'hidden' });
    expect(opened?.errors()).toEqual([]);
  });

  test('opened while endput is away, says so, and shows everything once it is back', async () => {
    desk.state.isAway = true;
    opened = await openPage(browser, `${desk.url}/desk`);
    const { page } = opened;
    await page.locator('.notice', { hasText: /^This cannot be shown now: Endput is away/ }).waitFor();
    for (const place of ['#letters-state', '#groups-state', '#operations-state'])
      await page.locator(place, { hasText: 'This cannot be shown now: Endput is away.' }).waitFor();
    await expectAccessible(page);
    desk.state.isAway = false;
    await rows(page).nth(40).waitFor();
    await page.getByText('3 causes, the most frequent first').waitFor();
    await page.getByText('Nothing was ordered yet.').waitFor();
    await book(page, 'system_1').getByText('Comes out exactly').waitFor();
    await page.getByText('This cannot be shown now').waitFor({ state: 'detached' });
    expect(opened.errors()).toEqual([]);
  });

  test('asks again for causes that could not be had while all else could', async () => {
    desk.state.tooSlow = '/v0/dead-letters/groups';
    const page = await open();
    await page.getByText('This cannot be shown now: Endput took too long to answer.').waitFor();
    await rows(page).nth(40).waitFor();
    desk.state.tooSlow = undefined;
    await page.getByText('3 causes, the most frequent first').waitFor();
    await page.getByText('This cannot be shown now').waitFor({ state: 'detached' });
  });

  test('says where nothing is dead, and shows what dies then without a reload', async () => {
    desk.state.letters = [];
    const page = await open();
    await page.getByText('Nothing is dead. Good.').waitFor();
    await page.getByText('Messages that can never be stored show up here by themselves.').waitFor();
    await page.getByText('Nothing was ordered yet.').waitFor();
    await expectAccessible(page);
    desk.state.letters = [madeUpLetter()];
    await rows(page).first().waitFor();
    await group(page, 'simulated failure').waitFor();
    expect(opened?.allErrors()).toEqual([]);
  });

  test('asks whoever may not read for the login, and shows all after it', async () => {
    desk.state.needsLoginToRead = true;
    opened = await openPage(browser, `${desk.url}/desk`);
    const { page } = opened;
    const notice = page.locator('.notice', { hasText: 'Only who is logged in can read the desk' });
    await notice.getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, 'vito', 'right');
    await rows(page).first().waitFor();
    await notice.waitFor({ state: 'hidden' });
    expect(opened.errors()).toEqual([]);
  });

  test('shows any text as text, and its layout holds', async () => {
    const [longest = ''] = [...HOSTILE].sort((a, b) => b.length - a.length);
    desk.state.letters = HOSTILE.map((name, index) =>
      madeUpLetter({
        product: name,
        source: name.slice(0, 60),
        error_message: name,
        error_kind: name.slice(0, 40),
        minutesAgo: index,
        ...(name === longest && { message_id: ID }),
        history: [
          {
            at: new Date().toISOString(),
            actor: name.slice(0, 100),
            action: 'edited',
            operation_id: null,
            comment: name,
            before: { cycle: 0, attempt: 5, reason: name.slice(0, 60), error_kind: 'transient', error_message: name },
            body_before: JSON.stringify({ order: { product: 'before' } }),
            body_after: JSON.stringify({ order: { product: name } }),
          },
        ],
        headers: { [name.slice(0, 200)]: name },
      }),
    );
    desk.state.books = new Map([[HOSTILE[2]?.slice(0, 60) ?? '', { rows: 3, stored: 2, missing: 0 }]]);
    for (const width of WIDTHS) {
      const page = await open({ viewport: { width, height: 900 } });
      page.on('dialog', () => expect.unreachable('a text was run as code'));
      await rows(page).nth(4).waitFor();
      expect(await page.locator('#letter-list .row-product').allInnerTexts()).toContain(HOSTILE[0]);
      expect(await page.locator('main img, main script, main b').count()).toBe(0);
      await page.evaluate(`location.hash = '#letter=${ID}'`);
      await page.locator('.order-product').waitFor();
      expect((await page.locator('.order-product').innerText()).length).toBe(10_000);
      await page.locator('#letter-body summary').click();
      await page.locator('#letter-headers summary').click();
      for (const box of ['html', 'dialog[open] .dialog-body', '#letter-list', '#group-list']) {
        const element = `document.querySelector('${box}')`;
        const isWithin = await page.evaluate(`${element}.scrollWidth <= ${element}.clientWidth + 1`);
        expect([box, isWithin]).toEqual([box, true]);
      }
      const heights = await page.evaluate<number[]>(
        '[...document.querySelectorAll(".letter, .group")].map((row) => row.scrollHeight)',
      );
      expect(Math.max(...heights)).toBeLessThanOrEqual(260);
      await expectAccessible(page);
      expect(opened?.allErrors()).toEqual([]);
      await opened?.close();
    }
  });

  test('speaks Portuguese to a browser that asks for it', async () => {
    const page = await open({ locale: 'pt-BR' });
    await page.getByRole('heading', { name: 'Balanço' }).waitFor();
    await page.getByText('3 causas, as mais frequentes primeiro').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    expect(await page.title()).toBe('Mesa de mensagens mortas');
    desk.state.isAway = true;
    await page
      .getByText(/Não há resposta mais nova: O endput está fora do ar\./)
      .first()
      .waitFor();
    desk.state.isAway = false;
    await page.locator('#connection[data-state=live]').waitFor();
    await page.locator('#who').getByRole('button', { name: 'Entrar' }).click();
    await expectAccessible(page);
    expect(await page.locator('body').innerText()).not.toContain('ECONNREFUSED');
    expect(await page.locator('body').innerText()).not.toMatch(
      /\b(Dead|Stored|Redrive|Discard|Choose|Log in|Balance)\b/,
    );
  });

  test('says in Portuguese why a canary stopped, and why a letter was left alone', async () => {
    for (const letter of desk.state.letters.slice(-5)) letter.redrivable = false;
    const page = await open({ locale: 'pt-BR' });
    await page.locator('#who').getByRole('button', { name: 'Entrar' }).click();
    const login = page.getByRole('dialog', { name: 'Entrar' });
    await login.getByLabel('Nome').fill('ana');
    await login.getByLabel('Senha').fill('right');
    await login.getByRole('button', { name: 'Entrar' }).click();
    await page.getByText('Escolher todas as que correspondem (120)').click();
    await page.locator('#letter-actions').getByRole('button', { name: 'Reenviar' }).click();
    await page.getByRole('button', { name: 'Reenviar 115' }).click();
    await operation(page)
      .getByText(/^mortas de novo neste passo: 1 de 1 \(100%; o limite é 0%\); o erro mais frequente: .* · canário no/)
      .waitFor();
    await page.locator('.notice', { hasText: 'pelo canário. mortas de novo neste passo: 1 de 1' }).waitFor();
    await operation(page).getByRole('button', { name: '5 puladas: mostrar quais' }).click();
    const list = page.getByRole('dialog', { name: 'Reenvio: o que foi deixado como estava' });
    await list.getByText('5 mensagens.').waitFor();
    expect(await list.getByText('o corpo dela não diz ser esta mensagem: edite-a').count()).toBe(5);
    expect(await page.locator('body').innerText()).not.toMatch(/died again|does not claim|meanwhile/);
    expect(opened?.allErrors()).toEqual([]);
  });

  test('has no English left in Portuguese, in any part that it opens', async () => {
    const invalid = {
      reason: 'invalid_message',
      error_kind: 'invalid_message',
      error_message: 'preço inválido: "-1.00"',
    };
    desk.state.letters = Array.from({ length: 60 }, (_, index) =>
      madeUpLetter({
        product: 'Caneca branca',
        error_message: 'falha simulada: nunca dá certo',
        minutesAgo: index,
        ...(index === 0 && { message_id: ID, price: '-1.00', ...invalid }),
      }),
    );
    desk.state.books = new Map([
      ['system_1', { rows: 5_460, stored: 5_402, missing: 0 }],
      ['system_2', { rows: 3_500, stored: 3_500, missing: 3 }],
    ]);
    const page = await open({ locale: 'pt-BR' });
    const button = (name: string) => page.locator('dialog[open]').getByRole('button', { name, exact: true });
    const closed = () =>
      eventually(async () => {
        await page.keyboard.press('Escape');
        expect(await page.locator('dialog[open]').count()).toBe(0);
      });
    await book(page, 'system_1').getByText('2 a mais concluídas do que há linhas').waitFor();
    await expectNoEnglish(page, 'nobody is logged in');
    await page.locator('#audit').getByRole('button', { name: PT['audit.show'] }).click();
    await page.getByLabel(PT['login.name'], { exact: true }).fill('ana');
    await page.getByLabel(PT['login.password'], { exact: true }).fill('errada');
    await button(PT['login.submit']).click();
    await page.getByText(PT['login.wrong']).waitFor();
    await expectNoEnglish(page, 'a login that is refused');
    await page.getByLabel(PT['login.password'], { exact: true }).fill('right');
    await button(PT['login.submit']).click();
    await page.getByText(PT['audit.action.login'], { exact: true }).waitFor();
    await expectNoEnglish(page, 'the audit');
    await closed();
    for (const source of ['system_1', 'system_2']) {
      await book(page, source).locator('[data-part=link]').click();
      await page
        .locator('dialog[open]')
        .getByText(/ linhas (que a origem tem estão na conta|foram examinadas)/)
        .first()
        .waitFor();
      await expectNoEnglish(page, `unaccounted rows of ${source}`);
      await closed();
    }
    await page.getByText('Escolher todas as que correspondem (60)').click();
    await page.locator('#letter-actions').getByRole('button', { name: PT['action.discard'] }).click();
    await page.locator('dialog[open]').getByText(PT['discard.would']).waitFor();
    await button('Descartar 60').click();
    await page.getByText(PT['discard.reason.missing']).waitFor();
    await expectNoEnglish(page, 'a discard without a reason');
    await closed();
    await page.locator('#letter-actions').getByRole('button', { name: PT['action.redrive'] }).click();
    await page.locator('dialog[open]').getByText(PT['redrive.would']).waitFor();
    await expectNoEnglish(page, 'a redrive');
    await button('Reenviar 60').click();
    await operation(page).getByText('mortas de novo neste passo').waitFor();
    await expectNoEnglish(page, 'an operation that its canary stopped');
    await operation(page)
      .getByRole('button', { name: /^1 mortas? de novo/ })
      .click();
    await page.locator('dialog[open] tbody tr').waitFor();
    await expectNoEnglish(page, 'what died again');
    await page.locator('dialog[open] tbody').getByRole('button').click();
    await page.getByText(PT['letter.history']).waitFor();
    await page.locator('#letter-body summary').click();
    await page.locator('#letter-headers summary').click();
    await expectNoEnglish(page, 'a letter that died again');
    await closed();
    await operation(page).getByRole('button', { name: PT['operation.cancel'] }).click();
    await page.getByText(PT['operation.cancel.title']).waitFor();
    await expectNoEnglish(page, 'the question before a cancel');
    await button(PT['operation.cancel.submit']).click();
    await closed();
    await page.evaluate(`location.hash = '#letter=${ID}'`);
    await button(PT['action.edit']).click();
    await button(PT['edit.submit']).click();
    await page.getByText(PT['edit.fault.price']).waitFor();
    await expectNoEnglish(page, 'an edit with a fault');
    expect(opened?.errors()).toEqual([]);
  });

  test('says where a part of the page cannot be fetched when it is first used, and opens it once only', async () => {
    const page = await open();
    await page.route('**/desk/login-dialog.js', (route) => route.abort());
    const button = page.locator('#who').getByRole('button', { name: 'Log in' });
    await button.click();
    const failed = page.getByRole('dialog', { name: 'This is not there now' });
    await failed.getByText('A part of the page could not be fetched. Try again;').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await failed.waitFor({ state: 'hidden' });
    await page.unroute('**/desk/login-dialog.js');
    await page.reload();
    await page.locator('#letters[aria-busy=false]').waitFor();
    await loggedIn(page);
    await page.evaluate(`(() => {
      const [redrive] = document.querySelectorAll('.group button[aria-haspopup=dialog]');
      redrive.click();
      redrive.click();
    })()`);
    await page.getByText('would be sent again').first().waitFor();
    expect(await page.locator('dialog[open]').count()).toBe(1);
    expect(opened?.errors()).toEqual([]);
  });

  test('keeps the focus where it was: rows by the keyboard, dialogs that give it back, one above the other', async () => {
    const page = await open();
    await loggedIn(page);
    const first = rows(page).first().locator('.letter-row');
    await first.focus();
    await page.keyboard.press('Enter');
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    const discard = letter.getByRole('button', { name: 'Discard' });
    await discard.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Discard dead letters' }).waitFor();
    await page.keyboard.press('Escape');
    await letter.waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Discard');
    await page.keyboard.press('Escape');
    await letter.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement === document.querySelector(".letter-row")')).toBe(true);
    await first.click();
    await letter.waitFor();
    await page.goBack();
    await letter.waitFor({ state: 'hidden' });
  });
});
