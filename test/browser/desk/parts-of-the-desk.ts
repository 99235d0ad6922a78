import type { Page } from 'playwright-core';

// The parts of the desk's page that tests of several concepts use, so that each is found in one way.

export const rows = (page: Page) => page.locator('#letter-list .letter');
export const group = (page: Page, words: string) => page.locator('.group', { hasText: words });
/** The newest operation. */
export const operation = (page: Page) => page.locator('.operation').first();
export const book = (page: Page, source: string) => page.locator('.book', { hasText: source });

/** Opens the dialog and fills it in; whether that is refused is for the test to see. */
export async function logIn(page: Page, name = 'ana', password = 'right') {
  await page.locator('#who').getByRole('button', { name: 'Log in' }).click();
  await fillLogin(page, name, password);
}

/** Fills in the dialog that is open already. */
export async function fillLogin(page: Page, name: string, password: string) {
  const dialog = page.getByRole('dialog', { name: 'Log in' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Log in' }).click();
}

/** Logs in as an operator, and waits until the page knows. */
export const loggedIn = async (page: Page) => {
  await logIn(page);
  await page.locator('#who').getByText('ana').waitFor();
};
