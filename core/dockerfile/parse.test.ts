import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstructionNode, Range, Token } from './ast.ts';
import { positionIn } from './joined-line.ts';
import { parseSyntax } from './parse.ts';

const at = (line: number, character: number, endLine: number, end: number): Range => ({
  start: { line, character },
  end: { line: endLine, character: end },
});

function only(text: string): InstructionNode {
  const { value, problems } = parseSyntax(text);
  expect(problems).toEqual([]);
  expect(value.instructions).toHaveLength(1);
  return value.instructions[0]!;
}

const texts = (tokens: readonly Token[]): string[] => tokens.map(({ text }) => text);

describe('lines and tokens', () => {
  it('gives keyword, flags and arguments with exact columns', () => {
    const node = only('  COPY --chown=app:app  src  /srv');
    expect(node.keyword.range).toEqual(at(0, 2, 0, 6));
    expect(node.flags[0]?.range).toEqual(at(0, 7, 0, 22));
    expect(node.flags[0]?.value).toEqual({ text: 'app:app', range: at(0, 15, 0, 22) });
    expect(node.args.map(({ range }) => range)).toEqual([at(0, 24, 0, 27), at(0, 29, 0, 33)]);
  });

  it('joins continued lines and knows where each character stands', () => {
    const node = only('RUN apt-get update \\\n  && apt-get install \\\n  # why\n  curl');
    const [command] = node.args;
    expect(command?.text).toBe('apt-get update   && apt-get install   curl');
    expect(command?.range).toEqual(at(0, 4, 3, 6));
    expect(positionIn(command!, command!.text.indexOf('install'))).toEqual({ line: 1, character: 13 });
    expect(positionIn(command!, command!.text.indexOf('curl'))).toEqual({ line: 3, character: 2 });
    expect([node.startLine, node.endLine]).toEqual([0, 3]);
  });

  it('takes two escape characters at the end of a line for no continuation', () => {
    const { value } = parseSyntax('FROM a\nRUN echo \\\\\nRUN b');
    expect(value.instructions).toHaveLength(3);
  });

  it('reports blank lines in a continuation and goes on', () => {
    const node = only('RUN a \\\n\n  b');
    expect(node.args[0]?.text).toBe('a   b');
    expect(node.emptyContinuationLines).toEqual([1]);
  });

  it('counts columns in UTF-16 units', () => {
    const node = only('LABEL a=🐋 b=c');
    expect(node.args[3]?.range).toEqual(at(0, 11, 0, 12));
  });

  it('skips a byte-order mark, and reads CRLF', () => {
    const { value } = parseSyntax('\ufeffFROM a\r\nRUN b\r\n');
    expect(value.instructions.map(({ keyword }) => keyword.text)).toEqual(['FROM', 'RUN']);
    expect(value.instructions[1]?.range).toEqual(at(1, 0, 1, 5));
  });
});

describe('JSON arrays', () => {
  it('resolves escapes, and ranges cover the quotes', () => {
    const node = only('CMD ["a b", "c\\td\\u00e9"]');
    expect(node.json).toBe(true);
    expect(texts(node.args)).toEqual(['a b', 'c\tdé']);
    expect(node.args[1]?.range).toEqual(at(0, 12, 0, 24));
  });

  it('knows where a string goes on, line by line', () => {
    const [long, empty] = only('CMD ["aa\\\n\\\nbb", "\\\n"]').args;
    expect(long).toEqual({
      text: 'aabb',
      range: at(0, 5, 2, 3),
      breaks: [
        { offset: 0, position: { line: 0, character: 6 } },
        { offset: 2, position: { line: 2, character: 0 } },
      ],
    });
    expect(empty).toEqual({ text: '', range: at(2, 5, 3, 1) });
  });

  it('falls back to the shell form for what is no JSON', () => {
    const node = only("CMD ['a']");
    expect(node.json).toBe(false);
    expect(texts(node.args)).toEqual(["['a']"]);
  });

  it('refuses elements that are no strings', () => {
    const { problems } = parseSyntax('CMD ["a", 1]');
    expect(problems.map(({ message }) => message)).toEqual([
      'when using JSON array syntax, arrays must be comprised of strings only',
    ]);
  });
});

describe('heredocs', () => {
  it('belong to the instruction with their ends', () => {
    const node = only('COPY <<-"EOF" /run.sh\n\techo $HOME\n\tEOF');
    expect(node.heredocs).toEqual([
      {
        name: 'EOF',
        expand: false,
        chomp: true,
        fileDescriptor: 0,
        content: '\techo $HOME\n',
        marker: at(0, 5, 0, 13),
        contentRange: at(1, 0, 2, 0),
        terminator: at(2, 1, 2, 4),
      },
    ]);
    expect(node.range).toEqual(at(0, 0, 2, 4));
  });

  it('may be several', () => {
    const node = only('RUN <<A cat && <<B cat\none\nA\ntwo\nB');
    expect(node.heredocs.map(({ content }) => content)).toEqual(['one\n', 'two\n']);
  });

  it('are told when nothing ends them', () => {
    const { value, problems } = parseSyntax('FROM a\nRUN <<EOF\necho\n');
    expect(problems).toMatchObject([{ code: 'heredoc-unterminated', range: at(1, 4, 1, 9) }]);
    expect(value.instructions).toHaveLength(2);
  });

  it('are none in a JSON array or of other instructions', () => {
    const { value } = parseSyntax('FROM a\nUSER <<EOF\nRUN ["<<EOF"]');
    expect(value.instructions.flatMap(({ heredocs }) => heredocs)).toEqual([]);
  });
});

describe('directives and comments', () => {
  it('read the escape directive, and stop at the first comment', () => {
    const { value } = parseSyntax('# escape=`\n# hello\n# syntax=x\nFROM a `\n  AS b');
    expect(value.escape).toBe('`');
    expect(value.directives.map(({ name }) => name)).toEqual(['escape']);
    expect(value.comments.map(({ text }) => text)).toEqual(['# hello', '# syntax=x']);
    expect(texts(value.instructions[0]!.args)).toEqual(['a', 'AS', 'b']);
  });

  it('keep the comment above an instruction as its documentation, across blank lines', () => {
    const { value } = parseSyntax('# unrelated\n#\n# base has the tools\n\nFROM a AS base');
    expect(value.instructions[0]?.docComment.map(({ text }) => text)).toEqual(['base has the tools']);
  });

  it('refuse a second escape directive and an unknown escape character', () => {
    const messages = (text: string): string[] => parseSyntax(text).problems.map(({ message }) => message);
    expect(messages('# escape=`\n# escape=\\\nFROM a')).toEqual(['only one escape parser directive can be used']);
    expect(parseSyntax('# escape=`\n# escape=\\\nFROM a').value.comments.map(({ text }) => text)).toEqual([
      '# escape=\\',
    ]);
    expect(messages('# escape=x\nFROM a')).toEqual(["invalid escape token 'x' does not match ` or \\"]);
  });
});

describe('any text', () => {
  const fragments = fc.constantFrom(
    ...['FROM a', 'RUN', ' ', '\\', '\n', '\r\n', '"', "'", '[', ']', ',', '<<EOF', 'EOF', '#', '$', '${a', '}', '='],
    ...['ENV a=b', 'COPY --from=', '--', 'ONBUILD ', '🐋', '\u00a0', '`', '# escape=`', 'HEALTHCHECK --retries=', '\t'],
  );
  const anything = fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join(''));

  it('is parsed without a throw, every range inside of it', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const lines = text.split('\n');
        const { value, problems } = parseSyntax(text);
        const tokens = value.instructions.flatMap(({ keyword, args, flags }) => [keyword, ...args, ...flags]);
        for (const { range } of [...tokens, ...value.instructions, ...value.comments, ...problems]) {
          expect(range.end.line).toBeLessThan(Math.max(lines.length, 1));
          expect(range.end.character).toBeLessThanOrEqual(lines[range.end.line]?.length ?? 0);
          const isOrdered =
            range.start.line < range.end.line ||
            (range.start.line === range.end.line && range.start.character <= range.end.character);
          expect(isOrdered).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is found in the source where its tokens say', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const lines = text.split('\n');
        for (const { args, json } of parseSyntax(text).value.instructions) {
          if (json) continue;
          for (const token of args) {
            for (let offset = 0; offset < token.text.length; offset++) {
              const { line, character } = positionIn(token, offset);
              expect(lines[line]?.charAt(character)).toBe(token.text.charAt(offset));
            }
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
