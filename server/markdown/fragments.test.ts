import { describe, expect, it } from 'vitest';
import { dockerfileFragments, fragmentAt } from './fragments.ts';
import { intoFragment, isWritten, outOfFragment, rangeIntoFragment } from './mapping.ts';

describe('the Dockerfiles in Markdown', () => {
  it.each([
    ['```dockerfile\nFROM a:1\n```', ['FROM a:1']],
    ['~~~~ Containerfile title="x"\nFROM a:1\n~~~\nRUN b\n~~~~~', ['FROM a:1\n~~~\nRUN b']],
    ['```{.dockerfile #id}\nFROM a:1\n```\ntext\n``` docker\nFROM b:1', ['FROM a:1', 'FROM b:1']],
    [
      '```sh\nFROM a\n```\n\n    ```dockerfile\n    FROM a:1\n\n    RUN <<EOF\n    x\n    EOF\n    ```',
      ['FROM a:1\n\nRUN <<EOF\nx\nEOF'],
    ],
    ['````md\n```dockerfile\nFROM a:1\n```\n````', []],
    ['`dockerfile` ```dockerfile``` FROM a', []],
    ['```dockerfile\n```', []],
    ['```docker-compose\nservices:\n```', []],
    ['> text\n>\n> ```dockerfile\n> FROM a:1\n>\n>   RUN b\n> ```\n', ['FROM a:1\n\n  RUN b']],
    ['> ```dockerfile\n> FROM a:1\n\nFROM here on\n', ['FROM a:1']],
    ['- ```dockerfile\n  FROM a:1\n\n  RUN b\n  ```\n', ['FROM a:1\n\nRUN b']],
    ['10. ```dockerfile\n    FROM a:1\ntext\n```docker\nFROM b:1\n```', ['FROM a:1', 'FROM b:1']],
    ['> 1. ~~~dockerfile\n>    FROM a:1\n>    ~~~\n', ['FROM a:1']],
    ['```docker\n# run it\n$ docker run a\n```\n``` docker\ndocker ps\n```\n', []],
    ['```docker\n# build it\n...\nfrom a:1\n```', ['# build it\n\nfrom a:1']],
  ])('%j', (text, fragments) => {
    expect(dockerfileFragments(text).map((each) => each.text)).toEqual(fragments);
  });

  it('keep what quotes and lists have before lines, also in edits', () => {
    const [fragment] = dockerfileFragments('> - ```dockerfile\n>   FROM a:1\n>   RUN b\n>   ```');
    expect(fragment?.text).toBe('FROM a:1\nRUN b');
    expect(intoFragment(fragment!, { line: 2, character: 6 })).toEqual({ line: 1, character: 2 });
    const place = { line: 1, character: 0 };
    expect(outOfFragment(fragment!, { range: { start: place, end: place }, newText: 'USER c\nRUN ' })).toEqual({
      range: { start: { line: 2, character: 4 }, end: { line: 2, character: 4 } },
      newText: 'USER c\n>   RUN ',
    });
  });

  it('keep it before a line that a new one comes above, and where lines go', () => {
    const [fragment] = dockerfileFragments('1. ```dockerfile\n   FROM a:1\n   RUN b\n   ```');
    const at = (line: number) => ({ line, character: 0 });
    const written = (start: number, end: number, newText: string) =>
      outOfFragment(fragment!, { range: { start: at(start), end: at(end) }, newText });
    const place = (line: number, character = 3) => ({ line, character });
    expect(written(1, 1, '# c\n')).toEqual({ range: { start: place(2), end: place(2) }, newText: '# c\n   ' });
    expect(written(0, 1, '')).toEqual({ range: { start: place(1), end: place(2) }, newText: '' });
    expect(written(1, 2, 'RUN c\n')).toEqual({ range: { start: place(2), end: place(3, 0) }, newText: 'RUN c\n' });
  });

  it('may be parts of one, with lines left out', () => {
    const [fragment] = dockerfileFragments('# a\n```dockerfile\nRUN a\n...\nUSER b\n```');
    expect(fragment).toMatchObject({ text: 'FROM $fragment\nRUN a\n\nUSER b', added: 1, firstLine: 2, lastLine: 4 });
  });

  it('have their places in the document, and give them back', () => {
    const [fragment] = dockerfileFragments('- list\n\n  ```dockerfile\n  RUN a\n\n  USER b\n  ```');
    expect(fragmentAt([fragment!], { line: 2, character: 0 })).toBeUndefined();
    expect(fragmentAt([fragment!], { line: 5, character: 4 })).toBe(fragment);
    const place = { line: 5, character: 7 };
    expect(intoFragment(fragment!, place)).toEqual({ line: 3, character: 5 });
    expect(isWritten(fragment!, { line: 0, character: 0 })).toBe(false);
    const range = { start: { line: 1, character: 0 }, end: { line: 3, character: 6 } };
    const edit = { range, newText: 'RUN a\nUSER b\n' };
    expect(outOfFragment(fragment!, { kind: 'x', at: [null, edit] })).toEqual({
      kind: 'x',
      at: [
        null,
        {
          range: { start: { line: 3, character: 2 }, end: { line: 5, character: 8 } },
          newText: 'RUN a\n  USER b\n',
        },
      ],
    });
    const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    expect(rangeIntoFragment(fragment!, whole)).toMatchObject({ start: { line: 1, character: 0 }, end: { line: 3 } });
  });
});
