import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseSyntax } from '../../core/dockerfile/parse.ts';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { formatDocument, formatRange, formatTyped } from './formatting.ts';
import { marked, readingOf } from './test-reading.test-support.ts';

/** Of so many texts one is taken: all of them take a quarter of a minute (LAPSTRAKE_VECTOR_SHARE=1). */
const SHARE = Number(process.env.LAPSTRAKE_VECTOR_SHARE ?? 8);
const OPTIONS = { insertSpaces: true, tabSize: 4 };
const formatted = (text: string): string => applyEdits(text, formatDocument(readingOf(text), OPTIONS));

describe('formatting a document', () => {
  it('puts it in order', () => {
    const text = '\n\n  FROM   a  \n\n\n\n# c  \n\tRUN\tx \\\n  && y \\  \n\n\n# d\n&& z\nEXPOSE 80';
    expect(formatted(text)).toBe('FROM a\n\n# c\nRUN x \\\n    && y \\\n    # d\n    && z\nEXPOSE 80\n');
  });

  it('takes no words of a line that only continues', () => {
    expect(formatted('FROM a\n\\\n  RUN x\n')).toBe('FROM a\n\\\n    RUN x\n');
  });

  it('keeps deeper indentation, and indents with tabs where they are wanted', () => {
    const text = 'FROM a\nRUN if x; then \\\n    y; \\\n      z; \\\n  fi\n';
    expect(formatted(text)).toBe('FROM a\nRUN if x; then \\\n    y; \\\n      z; \\\n    fi\n');
    const tabs = formatDocument(readingOf('FROM a\nRUN x \\\n  y\n'), { insertSpaces: false, tabSize: 4 });
    expect(applyEdits('FROM a\nRUN x \\\n  y\n', tabs)).toBe('FROM a\nRUN x \\\n\ty\n');
  });

  it('keeps the depth of indentation, in the white space that is wanted', () => {
    const tabs = 'FROM a\nRUN if x; then \\\n\t\ty; \\\n\tfi\n';
    const blanks = 'FROM a\nRUN if x; then \\\n        y; \\\n    fi\n';
    expect(formatted(tabs)).toBe(blanks);
    const edits = formatDocument(readingOf(blanks), { insertSpaces: false, tabSize: 4 });
    expect(applyEdits(blanks, edits)).toBe(tabs);
  });

  it('puts one blank behind a flag, and behind the keyword after ONBUILD', () => {
    const text = 'FROM  --platform=x   a   AS b\nONBUILD  RUN \t--network=none  x  y\n';
    expect(formatted(text)).toBe('FROM --platform=x a   AS b\nONBUILD RUN --network=none x  y\n');
  });

  it('leaves no blank lines at the end', () => {
    expect(formatted('FROM a\n\n\n')).toBe('FROM a\n');
    expect(formatted('FROM a\n\n  ')).toBe('FROM a\n');
  });

  it.each([
    ['insertFinalNewline', 'FROM a'],
    ['trimFinalNewlines', 'FROM a\n\n'],
    ['trimTrailingWhitespace', 'FROM a  \n# c \n  \nRUN x \\ \n    y \n'],
  ])('does not what %s says is not wanted', (option, text) => {
    expect(formatted(text)).not.toBe(text);
    const options = { ...OPTIONS, [option]: false };
    expect(applyEdits(text, formatDocument(readingOf(text), options))).toBe(text);
  });

  it.each([
    ['heredocs', 'FROM a\nRUN <<E\n  x  \n\n\n\ty\nE\nCOPY <<-F /f\n\ta \n\tF\n'],
    ['lines that go on within quotes', 'FROM a\nRUN echo "a  \\\n b" \\\n    c\nENV A="x \\\n  y"\n'],
    ['an unfinished instruction', 'FROM a\nRUN x \\'],
    ['an unfinished heredoc', 'FROM a\nRUN <<E\nx  '],
    ['nothing', ''],
    ['a flag that goes on within quotes', "FROM a\nRUN --mount=type=cache,id='x \\\ny' z\n"],
    ['words that go on behind what is no blank', 'FROM a\nRUN x\ufeff\\\ny\u00a0\\\nz\n'],
    ['a word that goes on behind an escaped blank', 'FROM a\nENV A=b\\ \\\nc\n'],
    ['a byte-order mark at the end', 'FROM a\n\ufeff\n'],
    ['a byte-order mark below an empty line', '\n\ufeffFROM a\n'],
    ['a byte-order mark behind white space', '\u0085\ufeffx y\n'],
    ['a carriage return that ends no line', '\rFROM a \n'],
    ['escapes with backticks', '# escape=`\nFROM a\nRUN x `\n    y\n'],
    ['ends of lines', 'FROM a\r\nRUN x \\\r\n    y\r\n'],
  ])('leaves %s alone', (_what, text) => {
    expect(formatted(text)).toBe(text);
  });

  it('knows no word above the line where an instruction begins', () => {
    expect(formatted('ENV \\\n$\n\\\nR')).toBe('ENV \\\n    $\n\\\n    R\n');
  });

  it('keeps the line above a byte-order mark that is text', () => {
    expect(formatted('\u0085\n\ufeffFROM a\n')).toBe('\n\ufeffFROM a\n');
  });

  it('keeps the ends of lines that a file has', () => {
    expect(formatted('FROM a\r\n\r\n\r\n RUN x  \r\nRUN y')).toBe('FROM a\r\n\r\nRUN x\r\nRUN y\r\n');
  });
});

const VECTORS = new URL('../../../shared/data/dockerfile-vectors.jsonl', import.meta.url);
const isThere = existsSync(VECTORS);
const where = isThere ? '' : ' (the texts are not in ../shared/data)';

/** What a Dockerfile says, but for white space between words. */
function meaning(text: string): unknown {
  const { value, problems } = parseSyntax(text);
  return {
    problems: problems.map(({ message }) => message),
    instructions: value.instructions.map(({ name, flags, args, heredocs, trigger }) => ({
      name,
      flags: flags.map((flag) => flag.text),
      args: [...args, ...(trigger?.args ?? [])].map((each) => each.text.replace(/\s+/g, ' ')),
      heredocs: heredocs.map(({ content }) => content),
    })),
    comments: value.comments.map((comment) => comment.text.trim()),
  };
}

describe.skipIf(!isThere)(`formatting what people wrote${where}`, () => {
  it('changes no meaning, and nothing the second time', () => {
    const lines = readFileSync(VECTORS, 'utf8').trim().split('\n');
    const changed: string[] = [];
    const unstable: string[] = [];
    for (const line of lines.filter((_, index) => index % SHARE === 0)) {
      const { dockerfile, b64, id } = JSON.parse(line);
      const text: string = dockerfile ?? Buffer.from(b64 ?? '', 'base64').toString('utf8');
      if (text.length > 60_000) continue;
      const once = formatted(text);
      if (!isDeepStrictEqual(meaning(once), meaning(text))) changed.push(id);
      if (formatted(once) !== once) unstable.push(id);
    }
    expect({ changed, unstable }).toEqual({ changed: [], unstable: [] });
  }, 60_000);
});

describe('formatting a part', () => {
  it('changes the lines of the range only', () => {
    const text = ' FROM a\n RUN x\n RUN y\n RUN z\n';
    const range = { start: { line: 1, character: 0 }, end: { line: 2, character: 3 } };
    expect(applyEdits(text, formatRange(readingOf(text), range, OPTIONS))).toBe(' FROM a\nRUN x\nRUN y\n RUN z\n');
  });
});

describe('formatting while typing', () => {
  it.each([
    ['indents what goes on', 'FROM a\nRUN x \\\n¦', 'FROM a\nRUN x \\\n    '],
    [
      'keeps the indentation of the line above',
      'FROM a\nRUN x \\\n      y \\\n¦',
      'FROM a\nRUN x \\\n      y \\\n      ',
    ],
    ['takes it off behind the last line', 'FROM a\nRUN x \\\n    y\n    ¦', 'FROM a\nRUN x \\\n    y\n'],
    ['indents as what follows is', 'FROM a\nRUN x \\\n¦\n  && y\n', 'FROM a\nRUN x \\\n  \n  && y\n'],
    [
      'keeps the indentation behind a comment that the instruction goes on after',
      'FROM a\nRUN x \\\n    # c\n    ¦y\n',
      'FROM a\nRUN x \\\n    # c\n    y\n',
    ],
    ['leaves heredocs alone', 'FROM a\nRUN <<E\n  x\n  ¦\nE\n', 'FROM a\nRUN <<E\n  x\n  \nE\n'],
    ['leaves text in quotes alone', 'FROM a\nRUN echo "x \\\n ¦y"\n', 'FROM a\nRUN echo "x \\\n y"\n'],
  ])('%s', (_what, text, expected) => {
    const { text: plain, positions } = marked(text);
    expect(applyEdits(plain, formatTyped(readingOf(plain), positions[0]!, OPTIONS))).toBe(expected);
  });
});
