import { describe, expect, it } from 'vitest';
import { readDockerfile } from './read.ts';
import { symbolsOf } from './symbols.ts';

/** Each symbol with the places that name it: `D` defines, `r` refers, `#` by its number. */
function shown(text: string): string[] {
  const lines = text.split('\n');
  return symbolsOf(readDockerfile(text).value).map(({ kind, name, occurrences }) => {
    const places = occurrences.map(({ role, range, byIndex }) => {
      const word = lines[range.start.line]!.slice(range.start.character, range.end.character);
      return `${role === 'definition' ? 'D' : byIndex ? '#' : 'r'}${range.start.line}:${range.start.character} ${word}`;
    });
    return `${kind} ${name}: ${places.join(', ')}`;
  });
}

describe('the symbols of a Dockerfile', () => {
  it('are stages, named by FROM, --from and mounts, also by their number', () => {
    const text = [
      'FROM a AS Build',
      'FROM build AS test',
      'FROM b',
      'COPY --from=build /x /y',
      'RUN --mount=type=bind,from=test,target=/t make',
      'COPY --from=0 /x /y',
    ].join('\n');
    expect(shown(text)).toEqual([
      'stage Build: D0:10 Build, r1:5 build, r3:12 build, #5:12 0',
      'stage test: D1:14 test, r4:27 test',
      'stage 2: D2:0 FROM',
    ]);
  });

  it('are variables: global ones that a stage takes over, and those of a stage below', () => {
    const text = [
      'ARG V=1',
      'FROM a:$V AS base',
      'ARG V',
      'ENV HOME=/x$V',
      'FROM base',
      'RUN echo "${HOME:-x}" $V $other',
      'FROM c',
      'ENV V=2',
      'WORKDIR /$V/$UNKNOWN',
    ].join('\n');
    expect(shown(text).filter((line) => line.startsWith('variable'))).toEqual([
      'variable V: D0:4 V, r1:8 V, D2:4 V, r3:12 V, r5:23 V',
      'variable HOME: D3:4 HOME, r5:12 HOME',
      'variable V: D7:4 V, r8:10 V',
      'variable UNKNOWN: r8:13 UNKNOWN',
    ]);
  });

  it('are heredocs: their marker and the line that ends them', () => {
    const text = 'FROM a\nRUN <<-"EOF" sh\n\techo $X\n\tEOF\nCOPY <<A <<B /\n1\nA\n2\nB\n';
    expect(shown(text).filter((line) => line.startsWith('heredoc'))).toEqual([
      'heredoc EOF: D1:8 EOF, r3:1 EOF',
      'heredoc A: D4:7 A, r6:0 A',
      'heredoc B: D4:11 B, r8:0 B',
    ]);
  });

  it('are found in what stands on continued lines and behind ONBUILD', () => {
    const text = 'FROM a\nENV A=1\nRUN x \\\n  # c\n  && y $A\nONBUILD WORKDIR /$A\n';
    expect(shown(text)[1]).toBe('variable A: D1:4 A, r4:8 A, r5:18 A');
  });
});
