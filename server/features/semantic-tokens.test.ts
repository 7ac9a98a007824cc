import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerfileReader } from '../../core/dockerfile/dockerfile-reader.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { paintsOf, SemanticColours } from './semantic-tokens.ts';
import { readingOf } from './test-reading.test-support.ts';

/** Each line with its coloured words: `keyword:FROM`. */
function colours(text: string): string[] {
  const lines = text.split('\n');
  const found: string[][] = lines.map(() => []);
  for (const { line, character, length, type, modifier } of paintsOf(readingOf(text))) {
    found[line]!.push(`${type}${modifier ? `.${modifier}` : ''}:${lines[line]!.slice(character, character + length)}`);
  }
  return found.map((words) => words.join(' '));
}

describe('colours', () => {
  it('tell instructions, flags, stages, variables, strings and numbers', () => {
    const text = [
      '# escape=\\',
      '# a comment',
      'ARG V=1',
      'FROM --platform=$BUILDPLATFORM node:$V AS build',
      'ENV A="x $V" B=y',
      'EXPOSE 80/tcp',
      'STOPSIGNAL SIGQUIT',
      'MAINTAINER me',
      'FROM build',
      'COPY --from=build --link "/ab" /c',
      'CMD ["a", "b"]',
      'ONBUILD WORKDIR /$A',
    ].join('\n');
    expect(colours(text)).toEqual([
      'macro:escape string:\\',
      'comment:# a comment',
      'keyword:ARG variable.declaration:V string:1',
      'keyword:FROM parameter:--platform variable:$BUILDPLATFORM type:node: variable:$V keyword:AS namespace.declaration:build',
      'keyword:ENV variable.declaration:A string:"x  variable:$V string:" variable.declaration:B string:y',
      'keyword:EXPOSE number:80/tcp',
      'keyword:STOPSIGNAL enumMember:SIGQUIT',
      'keyword.deprecated:MAINTAINER string:me',
      'keyword:FROM namespace:build',
      'keyword:COPY parameter:--from namespace:build parameter:--link string:"/ab" string:/c',
      'keyword:CMD string:"a" string:"b"'.replaceAll('"', ''),
      'keyword:ONBUILD keyword:WORKDIR string:/ variable:$A',
    ]);
  });

  it('tell the shell in RUN: over continued lines, in mounts and in heredocs', () => {
    const text = [
      'FROM a',
      'RUN --mount=type=cache,target=/x apt-get install \\',
      '  # why',
      '  -y "curl=$V" && rm x',
      'RUN <<-EOF bash',
      '\tif true; then echo "$A"; fi',
      '\tEOF',
      'COPY <<EOF /x',
      'a $B c',
      'EOF',
    ].join('\n');
    expect(colours(text).slice(1)).toEqual([
      'keyword:RUN parameter:--mount property:type enumMember:cache property:target string:/x function:apt-get',
      'comment:# why',
      'parameter:-y string:"curl= variable:$V string:" operator:&& function:rm',
      'keyword:RUN macro:<<-EOF function:bash',
      'keyword:if function:true operator:; keyword:then function:echo string:" variable:$A string:" operator:; keyword:fi',
      'macro:EOF',
      'keyword:COPY macro:<<EOF string:/x',
      'string:a  variable:$B string: c',
      'macro:EOF',
    ]);
  });

  it('tell a heredoc that no shell reads from one that a shell does', () => {
    const text = [
      'FROM a',
      'RUN <<E python3',
      "it's $A",
      'E',
      "RUN cat <<'E' >f",
      'if $A',
      'E',
      'RUN <<E bash',
      'if $A',
      'E',
      'COPY --from=nginx:1 <<E a$A /b/',
      "it's $A",
      'E',
      'WORKDIR /w',
    ].join('\n');
    expect(colours(text).slice(1)).toEqual([
      'keyword:RUN macro:<<E function:python3',
      "string:it's  variable:$A",
      'macro:E',
      "keyword:RUN function:cat macro:<<'E' operator:>",
      'string:if $A',
      'macro:E',
      'keyword:RUN macro:<<E function:bash',
      'keyword:if variable:$A',
      'macro:E',
      'keyword:COPY parameter:--from type:nginx:1 macro:<<E string:a variable:$A string:/b/',
      "string:it's  variable:$A",
      'macro:E',
      'keyword:WORKDIR string:/w',
    ]);
  });

  it('are in order, one beside the other and inside their lines, whatever the text', () => {
    const pieces = [
      'FROM a AS b\n',
      'RUN ',
      'ENV A=',
      '"',
      "'",
      '$A',
      '${A:-',
      '}',
      '\\\n',
      '# c\n',
      '<<E',
      '\nE\n',
      ' --mount=type=cache',
      ' [',
      ']',
      ',',
      '`',
      '$(',
      ')',
      '\t',
      'ä',
      '\r\n',
      'COPY ',
      'ONBUILD ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const reading = readingOf(text);
        let last = { line: 0, end: 0 };
        for (const { line, character, length } of paintsOf(reading)) {
          if (line === last.line) expect(character).toBeGreaterThanOrEqual(last.end);
          else expect(line).toBeGreaterThan(last.line);
          expect(length).toBeGreaterThan(0);
          expect(character + length).toBeLessThanOrEqual(reading.line(line).length + 1);
          last = { line, end: character + length };
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('are after every edit what they are of a text that is read anew', () => {
    const pieces = [
      'FROM a AS b\n',
      'FROM b\n',
      'COPY --from=b x y\n',
      'COPY --from=c x y\n',
      'RUN a && b \\\n # c\n c\n',
    ];
    const more = ['RUN <<E\nx\nE\n', 'ENV A=$B\n', '# c\n', '\n', '# escape=`\n', 'x', '"', '\\\n'];
    const edit = fc.tuple(fc.constantFrom(...pieces, ...more), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), fc.array(edit), (parts, edits) => {
        const reader = new DockerfileReader();
        let text = parts.join('');
        for (const [typed, place, gone] of [['', 0, 0] as const, ...edits]) {
          const at = Math.floor(place * text.length);
          text = text.slice(0, at) + typed + text.slice(at + gone);
          expect(paintsOf({ dockerfile: reader.read(text).value })).toEqual(
            paintsOf({ dockerfile: readDockerfile(text).value }),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('telling colours', () => {
  it('tells of a change only what differs, and of a range only what is in it', () => {
    const text = `FROM a\n${'RUN make\n'.repeat(50)}`;
    const told = new SemanticColours();
    const full = told.full(readingOf(text));
    const delta = told.delta(readingOf(`${text}EXPOSE 80\n`), full.resultId!);
    expect(delta).toMatchObject({
      edits: [{ start: full.data.length, deleteCount: 0, data: [1, 0, 6, 0, 0, 0, 7, 2, 12, 0] }],
    });
    const line = (number: number) => ({ line: number, character: 0 });
    expect(told.range(readingOf(text), { start: line(10), end: line(11) }).data).toHaveLength(20);
  });

  it('tells everything where the last answer is not known', () => {
    const told = new SemanticColours();
    const all = told.full(readingOf('FROM a\n')).data;
    expect(told.delta(readingOf('FROM a\n'), 'gone')).toMatchObject({ data: all });
    told.forget('untitled:Dockerfile');
    expect(told.delta(readingOf('FROM a\n'), '1')).toMatchObject({ data: all });
  });

  it('colours 5,000 lines within a moment', () => {
    const text = `FROM a\n${'RUN apt-get update && apt-get install -y curl=$V \\\n  && rm -rf /var/lib/apt/lists/*\nENV A="b $C"\nCOPY --chown=1:1 a /b\n'.repeat(1250)}`;
    const reading = readingOf(text);
    const started = performance.now();
    expect(paintsOf(reading).length).toBeGreaterThan(20_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
