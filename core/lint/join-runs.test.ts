import { expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { lintDockerfile } from './lint.ts';

/** How many ways there are to join two RUNs, the first of which brings a file that the second deletes. */
function joins(below: string, above = 'curl -o /t x'): number {
  const text = `FROM a:1\nRUN ${above}\nRUN ${below}\n`;
  const found = lintDockerfile(readDockerfile(text).value, text, { shell });
  return found.find(({ code }) => code === 'deleted-in-later-layer')?.fixes.length ?? -1;
}

it('joins RUNs where every command of the second still hangs on the first', () => {
  expect(joins('y && rm /t')).toBe(1);
  expect(['y; rm /t', 'y || rm /t', 'y & rm /t'].map((below) => joins(below))).toEqual([0, 0, 0]);
  // Behind a comment there is no command.
  expect(joins('rm /t', 'curl -o /t x # why')).toBe(0);
});
