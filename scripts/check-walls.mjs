// Usage: node scripts/check-walls.mjs   Refuses imports across the walls between folders, and source files under no rule.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { breachesOf } from './walls.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Gives all files of the project, also those not yet added. */
async function projectFiles() {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await promisify(execFile)('git', args, { cwd: ROOT, maxBuffer: 1 << 26 });
  return stdout.split('\0').filter(Boolean);
}

const breaches = [];
let count = 0;
for (const file of await projectFiles()) {
  // A file may be deleted and not yet committed so.
  const text = await readFile(path.join(ROOT, file), 'utf8').catch((error) => {
    if (error.code !== 'ENOENT' && error.code !== 'EISDIR') throw error;
    return '';
  });
  breaches.push(...breachesOf(file, text));
  count++;
}
for (const breach of breaches) console.error(breach);
console.log(`walls: ${count} files, ${breaches.length} breaches`);
process.exit(breaches.length > 0 || count === 0 ? 1 : 0);
