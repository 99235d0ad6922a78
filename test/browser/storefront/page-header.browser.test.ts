import { expect, test } from 'vitest';
import { describeStorefront } from './describe-storefront.ts';

describeStorefront((shop) => {
  test('leads to the desk, and the desk back to it', async () => {
    shop.fill();
    const { page, errors } = await shop.open();
    await page.getByRole('link', { name: 'Dead-letter desk' }).click();
    await page.getByRole('heading', { name: 'Dead-letter desk' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/desk');
    await page.getByRole('link', { name: 'Storefront' }).click();
    await page.locator('#connection[data-state=live]').waitFor();
    expect(errors()).toEqual([]);
  });

  test('keeps the theme that was chosen', async () => {
    shop.fill();
    const { page } = await shop.open({ colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.locator('#theme-switch').click();
    await page.locator('#theme-switch').click();
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
  });
});
