import { chmod, mkdtemp, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiledProgram } from './compiled-code.ts';

let folder = '';
let file = '';
let kept = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-compiled-'));
  file = join(folder, 'program.js');
  kept = join(folder, 'cache/program.bin');
  await writeFile(file, "globalThis.told = [require('node:path').basename(__filename), 'one'];\n");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Whether it was compiled before, and what it says. */
function run(): readonly [boolean, unknown] {
  const program = compiledProgram(file, join(folder, 'cache'));
  program.run();
  return [program.isKnown, (globalThis as { told?: unknown }).told];
}

describe('compiled code', () => {
  it('is kept for the next run of the same program', async () => {
    const program = compiledProgram(file, join(folder, 'cache'));
    program.run();
    await program.keep();
    expect(program.isKnown).toBe(false);
    expect(run()).toEqual([true, ['program.js', 'one']]);
  });

  it('is that of the program as it is, also where only a letter changed', async () => {
    await compiledProgram(file, join(folder, 'cache')).keep();
    await writeFile(file, (await readFile(file, 'utf8')).replace('one', 'two'));
    await utimes(file, 0, 0);
    expect(run()).toEqual([false, ['program.js', 'two']]);
  });

  it.each([
    ['is something else', () => writeFile(kept, 'x')],
    [
      'is damaged',
      async () => {
        const data = await readFile(kept);
        data[data.length - 1]! ^= 1;
        await writeFile(kept, data);
      },
    ],
    ['others may write', () => chmod(kept, 0o666)],
    [
      'is a link',
      async () => {
        await rename(kept, join(folder, 'elsewhere'));
        await symlink(join(folder, 'elsewhere'), kept);
      },
    ],
    ['is cut short', async () => writeFile(kept, (await readFile(kept)).subarray(0, 80))],
  ])('that %s is not used', async (_what, change) => {
    await compiledProgram(file, join(folder, 'cache')).keep();
    await change();
    expect(run()).toEqual([false, ['program.js', 'one']]);
  });

  it('that cannot be kept leaves nothing behind', async () => {
    await writeFile(join(folder, 'cache'), '');
    await expect(compiledProgram(file, join(folder, 'cache')).keep()).rejects.toThrow();
    expect(run()).toEqual([false, ['program.js', 'one']]);
  });
});
