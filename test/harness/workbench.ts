import type { Frame, Locator, Page } from 'playwright-core';

/** How often a key or a click is tried, three seconds each. */
const ATTEMPTS = 10;

/** The box of the palette, of quick picks and of input. */
export const quickInput = (page: Page): Locator => page.locator('.quick-input-widget');

/**
 * Runs a command by its whole title in the palette. The first presses of F1 can come before the workbench listens, and the
 * palette shows only the commands that are known when it opens: it is opened anew until the command is there.
 */
export async function runCommand(page: Page, title: string): Promise<void> {
  const box = quickInput(page);
  const input = box.locator('input.input');
  const row = box
    .locator('.monaco-list-row')
    .filter({ has: page.getByText(title, { exact: true }) })
    .first();
  await opens(row, async () => {
    if (await input.isVisible()) await page.keyboard.press('Escape');
    await page.keyboard.press('F1');
    await input.fill(`>${title}`, { timeout: 3000 }).catch(() => undefined);
  });
  await row.click();
}

/** Opens a file of the workspace by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  const box = quickInput(page);
  await opens(box.locator('input.input'), () => page.keyboard.press('Control+P'));
  await box.locator('input.input').fill(name);
  await box.locator('.monaco-list-row').filter({ hasText: name }).first().click();
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
}

/** Answers an input box that has this title: with what it proposes, or with a text. */
export async function answerInput(page: Page, title: string, text?: string): Promise<void> {
  const box = quickInput(page).filter({ hasText: title });
  await box.waitFor();
  if (text !== undefined) await box.locator('input.input').fill(text);
  await page.keyboard.press('Enter');
}

/** The rows of a view of the side bar. */
export function viewRows(page: Page, title: string): Locator {
  const header = page.locator('.pane-header').filter({ hasText: new RegExp(`^\\s*${title}`) });
  return page.locator('.pane').filter({ has: header }).getByRole('treeitem');
}

/** Takes an entry of a row's context menu. */
export async function chooseInMenu(page: Page, row: Locator, title: string): Promise<void> {
  const entry = page.locator('.monaco-menu .action-item').filter({ has: page.getByText(title, { exact: true }) });
  await opens(entry, () => row.click({ button: 'right' }));
  // The menu takes no click for a moment after it opens; an entry that is hovered has the focus, and Enter takes it.
  await entry.hover();
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
  await entry.waitFor({ state: 'hidden' });
}

/** Takes a quick fix at the cursor. A block lies over the list until the mouse moves: hence the forced hover. */
export async function quickFix(page: Page, title: string): Promise<void> {
  const entry = page.locator('.action-widget .monaco-list-row').filter({ hasText: title }).first();
  await opens(entry, async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
  });
  await entry.hover({ force: true });
  await entry.click();
  await entry.waitFor({ state: 'hidden' });
}

/** The figures above the lines of the editor in front. */
export const codeLens = (page: Page, text: string | RegExp): Locator =>
  page.locator('.codelens-decoration').filter({ hasText: text }).first();

/** Rows of the Problems view; of a long list only those in sight. */
export const problems = (page: Page): Locator => page.locator('.markers-panel .monaco-list-row');

/** Shows the Problems view, and in it only what has this text or is of a file of this name. */
export async function showProblems(page: Page, filter: string): Promise<void> {
  await runCommand(page, 'Problems: Focus on Problems View');
  await page.getByPlaceholder(/^Filter \(e\.g\. text/).fill(filter);
}

/** A notification with this text. */
export const notification = (page: Page, text: string | RegExp): Locator =>
  page.locator('.notification-toast .notification-list-item').filter({ hasText: text }).first();

/** Waits until this was said: in a toast, or, where that is gone by now, in the list of notifications. */
export async function told(page: Page, text: string | RegExp): Promise<void> {
  const listed = page.locator('.notifications-center .notification-list-item').filter({ hasText: text });
  const said = notification(page, text).or(listed).first();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await runCommand(page, 'Notifications: Show Notifications');
    const seen = await said.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (seen) return;
  }
  await said.waitFor();
}

/** What the terminal in front shows. */
export const terminalText = (page: Page): Locator => page.locator('.terminal-wrapper.active .xterm-rows');

/** Its lines that are not empty. xterm draws spaces as no-break spaces. */
export async function terminalLines(page: Page): Promise<string[]> {
  const lines = await terminalText(page).locator('> div').allTextContents();
  return lines.map((line) => line.replaceAll('\u00a0', ' ').trim()).filter((line) => line !== '');
}

/** Types into the terminal in front. */
export async function typeInTerminal(page: Page, text: string): Promise<void> {
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
  await page.keyboard.type(text);
}

/** A line of the editor in front that has this text; VS Code draws spaces as no-break spaces. */
export const editorLine = (page: Page, text: string): Locator =>
  page
    .locator('.monaco-editor .view-line')
    .filter({ hasText: new RegExp(asPattern(text).replaceAll(' ', '[ \\u00a0]')) })
    .first();

/** The frame of the webview that has such an element. */
export async function webview(page: Page, selector: string, patience = 30_000): Promise<Frame> {
  for (const end = Date.now() + patience; Date.now() < end; await page.waitForTimeout(100)) {
    for (const frame of page.frames()) {
      if (!frame.parentFrame()?.url().includes('extensionId=')) continue;
      // A frame can go while it is asked.
      if (
        (await frame
          .locator(selector)
          .count()
          .catch(() => 0)) > 0
      )
        return frame;
    }
  }
  throw new Error(`no webview has ${selector}; there are ${page.frames().map((frame) => frame.url())}`);
}

/** Tries until it shows: the workbench drops keys and clicks that come while it is busy. */
async function opens(what: Locator, act: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    await act();
    try {
      return await what.first().waitFor({ timeout: 3000 });
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function asPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
