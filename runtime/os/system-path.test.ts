import { expect, test } from 'vitest';
import { withSystemFolders } from './system-path.ts';

test('the system’s folders come last, and none twice', () => {
  expect(withSystemFolders('/home/me/bin:/usr/sbin')).toBe('/home/me/bin:/usr/sbin:/usr/local/sbin:/sbin');
  expect(withSystemFolders(undefined)).toBe('/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin');
});
