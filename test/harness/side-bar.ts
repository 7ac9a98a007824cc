import type { Locator, Page } from 'playwright-core';

/** Opens a view of the side bar and closes the others, so that its rows have all the room. */
export async function showOnlyView(page: Page, title: string): Promise<void> {
  const wanted = new RegExp(`^\\s*${title}`);
  const headers = page.locator('.sidebar .pane-header');
  await headers.filter({ hasText: wanted }).waitFor();
  // Opening first: a side bar without an open view would open another one.
  for (const header of await headers.filter({ hasText: wanted }).all()) await toggle(header, 'true');
  for (const header of await headers.filter({ hasNotText: wanted }).all()) await toggle(header, 'false');
}

/** Takes an entry of a view's `…` menu. */
export async function chooseInViewMenu(page: Page, view: string, title: string): Promise<void> {
  const header = page.locator('.sidebar .pane-header').filter({ hasText: new RegExp(`^\\s*${view}`) });
  const entry = page.locator('.monaco-menu .action-item').filter({ has: page.getByText(title, { exact: true }) });
  await header.hover();
  await header
    .getByRole('button', { name: 'Views and More Actions...' })
    .or(header.getByRole('button', { name: 'More Actions...' }))
    .first()
    .click();
  await entry.hover();
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await entry.waitFor({ state: 'hidden' });
}

/** Opens a row that has rows below it, where it is not open. */
export async function expandRow(row: Locator): Promise<void> {
  if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
}

async function toggle(header: Locator, state: 'true' | 'false'): Promise<void> {
  if ((await header.getAttribute('aria-expanded')) !== state) await header.click({ position: { x: 60, y: 10 } });
}
