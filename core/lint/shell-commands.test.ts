import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellCommands } from './shell-commands.ts';

const split = (script: string): string[][] => shellCommands(script).map((words) => words.map(({ text }) => text));

describe('shellCommands', () => {
  it.each([
    ['a b && c || d; e | f & g', [['a', 'b'], ['c'], ['d'], ['e'], ['f'], ['g']]],
    [`a "b c" 'd e'f g\\ h`, [['a', 'b c', 'd ef', 'g h']]],
    ['a=1 B="x y" sudo env c=2 d', [['d']]],
    ['(a; b $(c d) `e`)', [['a'], ['b', '$'], ['c', 'd'], ['e']]],
    ['if a; then b; fi', [['a'], ['b'], ['fi']]],
    ['a # b && c\nd', [['a'], ['d']]],
    ['a#b', [['a#b']]],
    ['a >/dev/null 2>&1 && b', [['a', '>/dev/null', '2>&1'], ['b']]],
    [`a \${B:-c d} e`, [['a', `\${B:-c d}`, 'e']]],
    ['a \\\n  b', [['a', 'b']]],
    ['', []],
  ])('splits %j', (script, expected) => {
    expect(split(script)).toEqual(expected);
  });

  it('says where words stand', () => {
    const script = `x && 'y z' "w"`;
    const [, second = []] = shellCommands(script);
    expect(second.map(({ start, end }) => script.slice(start, end))).toEqual([`'y z'`, '"w"']);
  });

  it('reads any text, word by word in order', () => {
    const alphabet = fc.constantFrom(...`ab "'\\$({)};&|#<>\`\n\t=`);
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 40 }), (script) => {
        const words = shellCommands(script).flat();
        for (const [i, { start, end }] of words.entries()) {
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(script.length);
          expect(start).toBeGreaterThanOrEqual(words[i - 1]?.end ?? 0);
        }
      }),
    );
  });
});
