import { expect, test } from 'vitest';
import { ApiError } from '../../../apis/http/errors.ts';
import { eventually } from '../../harness/eventually.ts';
import { ID } from '../made-up-id.ts';
import { madeUpLetter } from '../made-up-letters.ts';
import { describeDesk } from './describe-desk.ts';
import { fillLogin } from './parts-of-the-desk.ts';

describeDesk((desk) => {
  test('edits an order, says what is wrong with it, and shows in its history what was changed', async () => {
    desk.state.letters = [
      madeUpLetter({ message_id: ID, price: '-1.00', reason: 'invalid_message', error_kind: 'invalid_message' }),
    ];
    const { page, errors } = await desk.open({}, `/desk#letter=${ID}`);
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
    expect(errors()).toEqual([]);
  });
});
