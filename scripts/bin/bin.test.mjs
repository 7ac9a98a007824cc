import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { bin } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
const run = promisify(execFile);

describe('the commands of the package', () => {
  it.each(Object.entries(bin))('are programs in a clone that is not built yet: %s', async (name, file) => {
    const { stdout: kept } = await run('git', ['check-ignore', '--no-index', file], { cwd: root }).catch((e) => e);
    expect(kept).toBe('');
    const { stdout } = await run(path.join(root, file), ['--help'], { cwd: '/' });
    expect(stdout).toMatch(new RegExp(`^Usage: ${name} `));
  });
});
