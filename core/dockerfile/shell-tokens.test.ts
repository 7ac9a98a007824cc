import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellTokens, shellVariables } from './shell-tokens.ts';

const shown = (script: string): string[] =>
  shellTokens(script).map(({ kind, start, end }) => `${kind} ${script.slice(start, end)}`);

describe('the tokens of a shell script', () => {
  it('are programs, options, strings, variables and operators', () => {
    expect(shown(`apt-get install -y "curl=$V" 'a b' && rm -rf /x`)).toEqual([
      'command apt-get',
      'option -y',
      'string "curl=',
      'variable $V',
      'string "',
      "string 'a b'",
      'operator &&',
      'command rm',
      'option -rf',
    ]);
  });

  it('know where a program stands: behind keywords, assignments, substitutions', () => {
    expect(shown('if A=1 test -f x; then echo "$(cat <f)" `id`; fi')).toEqual([
      'keyword if',
      'assignment A',
      'command test',
      'option -f',
      'operator ;',
      'keyword then',
      'command echo',
      'string "',
      'operator $(',
      'command cat',
      'operator <',
      'operator )',
      'string "',
      'operator `',
      'command id',
      'operator `',
      'operator ;',
      'keyword fi',
    ]);
  });

  it('tell patterns of case from programs', () => {
    const script = 'case "$a" in\n  amd64|x86) A=1 ;;\n  *) f=$(case b in c) d;; esac); g ;;\nesac; h';
    expect(shown(script).filter((each) => /^(?:command|keyword|assignment)/.test(each))).toEqual([
      'keyword case',
      'keyword in',
      'assignment A',
      'assignment f',
      'keyword case',
      'keyword in',
      'command d',
      'keyword esac',
      'command g',
      'keyword esac',
      'command h',
    ]);
  });

  it('know the names that a loop or a command gives values', () => {
    expect(shown('for f in a; do export A=1 B; done; local x; make C=1')).toEqual([
      'keyword for',
      'assignment f',
      'keyword in',
      'operator ;',
      'keyword do',
      'command export',
      'assignment A',
      'assignment B',
      'operator ;',
      'keyword done',
      'operator ;',
      'command local',
      'assignment x',
      'operator ;',
      'command make',
    ]);
  });

  it('take # for a comment only at the start of a word', () => {
    expect(shown('echo a#b # c\nls')).toEqual(['command echo', 'comment # c', 'command ls']);
  });

  it('are in order, inside the script and never empty, whatever it is', () => {
    const pieces = [
      '"',
      "'",
      '`',
      '$',
      '${',
      '$(',
      '(',
      ')',
      '}',
      '\\',
      '\n',
      ' ',
      'a',
      '-b',
      '&&',
      '|',
      '#',
      'for',
      '=',
      '<<',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
        const script = parts.join('');
        let last = 0;
        for (const { start, end } of shellTokens(script)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(script.length);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the variables of a shell script', () => {
  it('are found outside single quotes, with braces and modifiers', () => {
    const script = `echo $A '$B' "x\${C:-$D}" \\$E $(ls $F)`;
    expect(shellVariables(script).map(({ name, start, end }) => [name, script.slice(start, end)])).toEqual([
      ['A', 'A'],
      ['C', 'C'],
      ['D', 'D'],
      ['F', 'F'],
    ]);
  });

  it('are known with their braces and what stands in them', () => {
    const script = 'echo $A ${B} "${C%%.*}" ${D:-${E}/$F} ${#G} ${H';
    expect(
      shellVariables(script).map(({ name, whole, modifier }) => [name, script.slice(whole.start, whole.end), modifier]),
    ).toEqual([
      ['A', '$A', ''],
      ['B', '${B}', ''],
      ['C', '${C%%.*}', '%%'],
      ['D', '${D:-${E}/$F}', ':-'],
      ['E', '${E}', ''],
      ['F', '$F', ''],
      ['G', '${#G}', ''],
      ['H', '${H', ''],
    ]);
  });
});
