import { expect, test } from 'vitest';
import { eventually } from '../../harness/eventually.ts';
import { expectAccessible } from '../browser.ts';
import { PORTUGUESE as PT } from '../left-over-english.ts';
import { ID } from '../made-up-id.ts';
import { attemptOf, madeUpLetter } from '../made-up-letters.ts';
import { describeDesk } from './describe-desk.ts';
import { fillLogin } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('goes on asking for a letter whose history tells of an order before its state does', async () => {
    desk.state.letters = [madeUpLetter({ message_id: ID, fate: 'stored' })];
    desk.state.tornReads = 1;
    const { page, errors } = await desk.open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByRole('button', { name: 'Log in' }).click();
    await fillLogin(page, 'ana', 'right');
    await letter.getByRole('button', { name: 'Redrive', exact: true }).click();
    await page.getByRole('button', { name: 'Redrive 1' }).click();
    await letter.getByText('What was done to it').waitFor();
    await letter.getByText('Resolved: its order is stored').waitFor();
    expect(desk.state.tornReads).toBe(0);
    expect(errors()).toEqual([]);
  });

  test('shows in an open letter what somebody else did with it', async () => {
    const dead = madeUpLetter({ message_id: ID });
    desk.state.letters = [dead];
    const { page, allErrors } = await desk.open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.getByText('Timeline', { exact: true }).waitFor();
    dead.state = 'resolved';
    await letter.getByText('Resolved: its order is stored').waitFor();
    expect(allErrors()).toEqual([]);
  });

  test('leaves whoever is in an open letter where they are when it changes: the focus, what is scrolled, opened and selected', async () => {
    const dead = madeUpLetter({ message_id: ID, error_message: 'a long error\n'.repeat(400) });
    desk.state.letters = [dead];
    const { page, allErrors } = await desk.open({}, `/desk#letter=${ID}`);
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
    expect(allErrors()).toEqual([]);
  });

  test('draws nothing of an open letter anew that has not changed', async () => {
    const dead = madeUpLetter({ message_id: ID });
    desk.state.letters = [dead];
    const { page } = await desk.open({}, `/desk#letter=${ID}`);
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
    const { page, allErrors } = await desk.open({}, `/desk#letter=${ID}`);
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
    expect(allErrors()).toEqual([]);
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
      const { page } = await desk.open({ locale }, `/desk#letter=${ID}`);
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
    const { page } = await desk.open({}, `/desk#letter=${ID}`);
    const letter = page.getByRole('dialog', { name: 'Dead letter' });
    await letter.locator('.order-product').waitFor();
    desk.state.letters = [];
    await letter.locator('#letter-stale', { hasText: /No newer answer: It is no dead letter\. It is asked/ }).waitFor();
    expect(await letter.locator('.order-product').innerText()).toBe('White mug');
  });
});
