import { describe, expect, it } from 'vitest';
import type { TextDocumentEdit, TextEdit } from 'vscode-languageserver/node';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { definition } from './definition.ts';
import { linkedEditing } from './linked-editing.ts';
import { highlights, references } from './references.ts';
import { prepareRename, rename } from './rename.ts';
import { marked, readingOf } from './test-reading.test-support.ts';

const TEXT = [
  'ARG V=1',
  'FROM node:$V AS build',
  'ARG V',
  'ENV HOME=/srv/$V',
  'RUN <<END',
  'cd $HOME',
  'END',
  'FROM build AS test',
  'RUN --mount=type=bind,from=build,target=/b echo ${HOME:-x}',
  'FROM alpine',
  'COPY --from=build $NONE /a',
  'COPY --from=0 /b /c',
  '',
].join('\n');

/** The text with `¦` before the nth place where a word stands. */
function at(word: string, nth: number): string {
  let from = -1;
  for (let i = 0; i <= nth; i++) from = TEXT.indexOf(word, from + 1);
  return `${TEXT.slice(0, from)}¦${TEXT.slice(from)}`;
}

function place(text: string) {
  const { text: plain, positions } = marked(text);
  return { reading: readingOf(plain), position: positions[0]! };
}

function defined(text: string): string | undefined {
  const { reading, position } = place(text);
  const found = definition(reading, position);
  return found && `${found.range.start.line}:${found.range.start.character} ${reading.textIn(found.range)}`;
}

describe('going to the definition', () => {
  it.each([
    [at('build', 1), '1:16 build'],
    [at('build', 2), '1:16 build'],
    [at('build', 3), '1:16 build'],
    [at('0 /b', 0), '1:16 build'],
    [at('V AS', 0), '0:4 V'],
    [at('HOME:-', 0), '3:4 HOME'],
    [at('$HOME', 0).replace('¦$', '$¦'), '3:4 HOME'],
    [at('END', 1), '4:6 END'],
    [at('NONE', 0), undefined],
    [at('alpine', 0), undefined],
  ])('%#', (text, expected) => {
    expect(defined(text)).toBe(expected);
  });
});

describe('the definition of a variable', () => {
  it('is the one above the first FROM for FROM, and for an ARG that takes its value', () => {
    const stages = 'ARG V=1\nFROM a:$V\nARG V\nRUN $V\nFROM b:$¦V\nARG V\n';
    expect(defined(stages)).toBe('0:4 V');
    expect(defined('ARG V=1\nFROM a\nARG V\nFROM b\nARG ¦V\n')).toBe('0:4 V');
    expect(defined('ARG V=1\nFROM a\nARG V\nFROM b\nARG V\nRUN $¦V\n')).toBe('4:4 V');
  });

  it('is never one of a stage that is not built upon', () => {
    expect(defined('FROM a AS base\nARG X=1\nFROM base AS p\nENV X=2\nFROM base\nRUN $¦X\n')).toBe('1:4 X');
    expect(defined('FROM a AS base\nARG X=1\nFROM base AS p\nENV X=2\nFROM p\nRUN $¦X\n')).toBe('3:4 X');
  });

  it('is what was set before where it is set anew', () => {
    expect(defined('FROM a\nARG X=1\nENV X=a$¦X\n')).toBe('1:4 X');
    expect(defined('FROM a\nENV X=1\nRUN X=2; echo $¦X\n')).toBe('1:4 X');
  });
});

describe('references and highlights', () => {
  it('are all places that mean it, also by number', () => {
    const { reading, position } = place(at('build', 0));
    const all = references(reading, position, { includeDeclaration: true });
    expect(all.map(({ range }) => range.start.line)).toEqual([1, 7, 8, 10, 11]);
    expect(references(reading, position, { includeDeclaration: false })).toHaveLength(4);
    expect(highlights(reading, position).map(({ kind }) => kind)).toEqual([3, 2, 2, 2, 2]);
  });

  it('are none where nothing is named', () => {
    const { reading, position } = place(at('alpine', 0));
    expect(references(reading, position, { includeDeclaration: true })).toEqual([]);
    expect(highlights(reading, position)).toEqual([]);
  });
});

function renamed(text: string, name: string): string {
  const { reading, position } = place(text);
  const { documentChanges = [] } = rename(reading, position, name);
  const [change] = documentChanges as TextDocumentEdit[];
  return applyEdits(reading.text, change!.edits as TextEdit[]);
}

describe('renaming', () => {
  it('changes a stage where it is named, in mounts too, and leaves numbers', () => {
    const text = renamed(at('build', 2), 'compile');
    expect(text).toContain('FROM node:$V AS compile');
    expect(text).toContain('FROM compile AS test');
    expect(text).toContain('from=compile,target');
    expect(text).toContain('--from=compile $NONE');
    expect(text).toContain('--from=0');
    expect(text).not.toContain('build');
  });

  it('changes a variable with the global one that it takes its value from', () => {
    const text = renamed(at('$V', 1).replace('¦$', '$¦'), 'NODE_VERSION');
    expect(text.split('\n').slice(0, 4)).toEqual([
      'ARG NODE_VERSION=1',
      'FROM node:$NODE_VERSION AS build',
      'ARG NODE_VERSION',
      'ENV HOME=/srv/$NODE_VERSION',
    ]);
    expect(renamed(at('HOME', 0), 'DIR')).toContain('echo ${DIR:-x}');
  });

  it('changes what a shell assigns to a variable', () => {
    const text = 'FROM a\nARG ¦V=v1\nRUN V=${V#v} && export V && for V in 1; do :; done\n';
    expect(renamed(text, 'W')).toBe('FROM a\nARG W=v1\nRUN W=${W#v} && export W && for W in 1; do :; done\n');
  });

  it('changes what a shell has for itself, in its instruction', () => {
    const text = 'FROM a\nRUN k=1 && for ¦k in 1; do echo $k; done\nRUN k=2; echo $k $x\n';
    expect(renamed(text, 'x')).toBe('FROM a\nRUN x=1 && for x in 1; do echo $x; done\nRUN k=2; echo $k $x\n');
    expect(defined('FROM a\nRUN k=1 && \\\n  k=2 && echo $¦k\n')).toBe('1:4 k');
  });

  it('changes both ends of a heredoc', () => {
    expect(renamed(at('END', 0), 'STOP')).toContain('RUN <<STOP\ncd $HOME\nSTOP\n');
  });

  it('offers the name as it is written', () => {
    const { reading, position } = place(at('build', 1));
    expect(prepareRename(reading, position).placeholder).toBe('build');
  });

  it.each([
    ['what is no name', at('alpine', 0), 'x', /Only stages/],
    ['a number', at('0 /b', 0), 'x', /by its number/],
    ['what is not set here', at('NONE', 0), 'x', /not in this file/],
    ['a stage, to what cannot name one', at('build', 0), '1x', /cannot be the name of a stage/],
    ['a variable, to what cannot name one', at('HOME', 0), 'A-B', /cannot be the name of a variable/],
    ['a stage, to a name that is taken', at('build', 0), 'TEST', /already the name/],
    ['a variable, to a name that is taken beside it', at('HOME', 0), 'V', /already the name/],
    ['a variable, to another of its stage', 'FROM a\nENV ¦A=1\nENV B=2\n', 'B', /already the name/],
    ['a heredoc, to a line of its text', 'FROM a\nRUN <<¦A\nB\nA\n', 'B', /a line of the heredoc/],
    [
      'what the builder sets',
      'FROM a\nARG ¦TARGETARCH\nRUN echo $TARGETARCH\n',
      'X',
      /from the base image or the builder/,
    ],
    ['a stage, to an image', 'FROM a AS ¦b\nFROM alpine\nCOPY --from=b x y\n', 'Alpine', /is an image here/],
    ['what a shell has beside it', 'FROM a\nRUN ¦k=1; j=$k\n', 'j', /already the name/],
    ['what a shell gets', 'FROM a\nRUN ¦PATH=/x:$PATH y\n', 'X', /from the base image or the builder/],
    ['what the base image sets', 'FROM a\nENV ¦PATH=$PATH:/x\n', 'X', /from the base image or the builder/],
  ])('refuses %s', (_what, text, name, message) => {
    const { reading, position } = place(text);
    expect(() => rename(reading, position, name)).toThrow(message);
  });
});

describe('renaming to a name of another stage', () => {
  it('is no clash', () => {
    expect(renamed('FROM a\nENV ¦A=1\nFROM b\nENV B=2\n', 'B')).toBe('FROM a\nENV B=1\nFROM b\nENV B=2\n');
  });
});

describe('linked editing', () => {
  it('links the places of a stage’s name and of a heredoc’s', () => {
    const { reading, position } = place(at('build', 0));
    expect(linkedEditing(reading, position)?.ranges.map(({ start }) => start.line)).toEqual([1, 7, 8, 10]);
    const heredoc = place(at('END', 0));
    expect(linkedEditing(heredoc.reading, heredoc.position)?.ranges).toHaveLength(2);
  });

  it('links no variables and no lone name', () => {
    for (const text of [at('HOME', 0), at('test', 0)]) {
      const { reading, position } = place(text);
      expect(linkedEditing(reading, position)).toBeUndefined();
    }
  });
});
