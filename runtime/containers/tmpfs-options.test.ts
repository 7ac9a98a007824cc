import { expect, test } from 'vitest';
import { checkTmpfsOptions } from './tmpfs-options.ts';

test('options that Docker knows are taken', () => {
  expect(() => checkTmpfsOptions(['size=1m', 'mode=0700', 'uid=7', 'rw', 'exec', 'mpol=prefer:1'])).not.toThrow();
});

test.each([
  ['nonsense', '["nonsense"]'],
  ['huge=always', '["huge" "always"]'],
  ['size', '["size"]'],
  ['exec=', '["exec" ""]'],
])('%s is refused in Docker’s words', (option, shown) => {
  expect(() => checkTmpfsOptions(['ro', option])).toThrow(`invalid tmpfs option ${shown}`);
});
