import type { Locator, Page } from 'playwright-core';
import { quickInput } from './workbench.ts';

/** Opens a view of the side bar and closes the others, so that its rows have all the room. */
export async function showOnlyView(page: Page, title: string): Promise<void> {
  const wanted = new RegExp(`^\\s*${title}`);
  const headers = page.locator('.sidebar .pane-header');
  await headers.filter({ hasText: wanted }).waitFor();
  // Opening first: a side bar without an open view would open another one.
  for (const header of await headers.filter({ hasText: wanted }).all()) await toggle(header, 'true');
  for (const header of await headers.filter({ hasNotText: wanted }).all()) await toggle(header, 'false');
}

/** Opens a row that has rows below it, where it is not open. */
export async function expandRow(row: Locator): Promise<void> {
  await row.waitFor();
  if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
}

/** Answers VS Code's own file dialog with a path. */
export async function answerFileDialog(page: Page, title: string, path: string): Promise<void> {
  const box = quickInput(page).filter({ hasText: title });
  const input = box.locator('input.input');
  await box.waitFor();
  // It first proposes a path of its own, over whatever was typed by then.
  while (!(await input.inputValue()).startsWith('/')) await page.waitForTimeout(50);
  for (let attempt = 0; attempt < 10 && (await box.isVisible()); attempt++) {
    await input.fill(path);
    await page.waitForTimeout(200);
    if ((await input.inputValue()) !== path) continue;
    await page.keyboard.press('Enter');
    await box.waitFor({ state: 'hidden', timeout: 2000 }).catch(() => undefined);
  }
}

async function toggle(header: Locator, state: 'true' | 'false'): Promise<void> {
  if ((await header.getAttribute('aria-expanded')) !== state) await header.click({ position: { x: 60, y: 10 } });
}
