// Which of our rules another server has none of: so that both can be measured at the same work.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../../scripts/setup/setup.mjs';

/** As the column of docs/rules.md is called. */
const PEER = 'dockerfile-utils';

/** Settings (`lapstrake.lint.rules`) that turn off every rule that dockerfile-language-server, by dockerfile-utils, does not have. */
export async function rulesOfPeer() {
  const text = await readFile(path.join(ROOT, 'docs/rules.md'), 'utf8');
  const [header, , ...rows] = text
    .split('## Side by side')[1]
    .trim()
    .split('\n\n')[0]
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()));
  const column = header.indexOf(PEER);
  const others = rows.filter((row) => row[column] === '').map((row) => /\[([^\]]+)\]/.exec(row[1])[1]);
  return Object.fromEntries(others.map((code) => [code, 'ignore']));
}
