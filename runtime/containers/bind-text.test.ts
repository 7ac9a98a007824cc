import { expect, test } from 'vitest';
import { parseBind } from './bind-text.ts';

test('a path on the host is bound, a name is a volume, a path alone an anonymous volume', () => {
  expect(parseBind('/a/:/b/:ro')).toMatchObject({ type: 'bind', source: '/a', destination: '/b', readOnly: true });
  expect(parseBind('vol:/b')).toMatchObject({ type: 'volume', name: 'vol', copyUp: true, anonymous: false });
  expect(parseBind('/data')).toMatchObject({ type: 'volume', destination: '/data', anonymous: true });
  expect(parseBind('vol:/b:nocopy')).toMatchObject({ copyUp: false });
});

test.each(['a:b:c:d', 'vol:relative', '/a:/', './x:/y', 'x:', '/a:/b:nocopy'])('%s is refused', (text) => {
  expect(() => parseBind(text)).toThrow('invalid volume specification');
});

test.each(['ro,rw', 'odd', 'z,Z', 'shared,slave'])('the mode %s is refused', (mode) => {
  expect(() => parseBind(`vol:/b:${mode}`)).toThrow(`invalid mode: ${mode}`);
});
