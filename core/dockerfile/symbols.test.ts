import { describe, expect, it } from 'vitest';
import { readDockerfile } from './read.ts';
import { symbolsOf } from './symbols.ts';

const ROLES = { definition: 'D', reference: 'r', assignment: 'a' };

/** Each symbol with the places that name it: `D` defines, `a` assigns in a shell, `r` refers, `#` by its number. */
function shown(text: string): string[] {
  const lines = text.split('\n');
  return symbolsOf(readDockerfile(text).value).map(({ kind, name, occurrences }) => {
    const places = occurrences.map(({ role, range, byIndex }) => {
      const word = lines[range.start.line]!.slice(range.start.character, range.end.character);
      return `${byIndex && role === 'reference' ? '#' : ROLES[role]}${range.start.line}:${range.start.character} ${word}`;
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

  it('are variables that a shell sets: those of the stage, or of its own for each instruction', () => {
    const text = [
      'FROM a',
      'ARG V=v1',
      'RUN V=${V#v}; export V W=2; for V in 1 2; do read -r V <V; unset V; done',
      'HEALTHCHECK CMD V=1 x $other',
      'ONBUILD RUN for i in 1; do echo $i $V; done',
    ].join('\n');
    expect(shown(text).slice(1)).toEqual([
      'variable V: D1:4 V, a2:4 V, r2:8 V, a2:21 V, a2:32 V, a2:53 V, a2:65 V, a3:16 V, r4:36 V',
      'variable W: a2:23 W',
      'variable i: a4:16 i, r4:33 i',
    ]);
  });

  it('are in heredocs what is replaced there, in quotes or not, or what a shell reads', () => {
    const variables = (lines: readonly string[]) =>
      shown(['FROM a', 'ENV V=1', ...lines].join('\n')).filter((line) => line.startsWith('variable'));
    expect(variables(['COPY <<E /f', `it's $V`, 'E'])).toEqual(['variable V: D1:4 V, r3:6 V']);
    expect(variables(['RUN cat <<E >f', `it's '$V'`, 'E'])).toEqual(['variable V: D1:4 V, r3:7 V']);
    expect(variables(['RUN <<E bash', `echo '$V' "$V"`, 'E'])).toEqual(['variable V: D1:4 V, r3:12 V']);
    expect(variables(["RUN sh -ex <<'E'", 'echo $V', 'E'])).toEqual(['variable V: D1:4 V, r3:6 V']);
    for (const line of ["RUN cat <<'E' >f", "RUN <<'E' python3", "COPY <<'E' /f"])
      expect(variables([line, 'echo $V', 'E'])).toEqual(['variable V: D1:4 V']);
  });
});
