import * as fc from 'fast-check';

/** A Dockerfile and its context, and what is done to both before each further build. */
export interface RandomBuild {
  readonly files: Readonly<Record<string, string>>;
  readonly stages: readonly RandomStage[];
  readonly args: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
}

export interface RandomStage {
  /** Index of an earlier stage, `box` or `scratch`. */
  readonly base: number | 'box' | 'scratch';
  readonly instructions: readonly string[];
}

export type Edit =
  | { readonly kind: 'write'; readonly file: string; readonly text: string }
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'touch'; readonly file: string }
  | { readonly kind: 'mode'; readonly file: string }
  | { readonly kind: 'instruction'; readonly stage: number; readonly at: number; readonly to: string }
  | { readonly kind: 'drop'; readonly stage: number; readonly at: number }
  | { readonly kind: 'insert'; readonly stage: number; readonly at: number; readonly to: string }
  | { readonly kind: 'argument'; readonly value: string }
  | { readonly kind: 'ignore'; readonly pattern: string }
  | { readonly kind: 'target'; readonly stage: number }
  | { readonly kind: 'none' };

const FILES = ['a', 'b', 'd/a', 'd/b', 'd/e/c', 'x.txt', 'y.txt'];
const file = fc.constantFrom(...FILES);
const word = fc.constantFrom('one', 'two', 'three');
const place = fc.constantFrom('/', '/p/', '/p/q', '/d', '/w/');
const flags = fc.constantFrom('', '', '', '--chown=5:6 ', '--chmod=700 ', '--chmod=u=rwX,go= ', '--link ');

/** What does the same every time, times apart. */
const anywhere = fc.oneof(
  fc.tuple(flags, file, place).map(([flag, source, to]) => `COPY ${flag}${source} ${to}`),
  fc.tuple(flags, place).map(([flag, to]) => `COPY ${flag}d ${to.endsWith('/') ? to : `${to}/`}`),
  fc
    .tuple(fc.constantFrom('*.txt', 'd/*', '.'), fc.constantFrom('/m/', '/p/'))
    .map((words) => `COPY ${words.join(' ')}`),
  fc.tuple(word, place).map(([text, to]) => `COPY <<EOF ${to === '/' ? '/h' : `${to}/h`}\n${text} $A\nEOF`),
  fc.constantFrom('COPY --exclude=*.txt . /n/', 'COPY --parents d/e/c /o/', 'ADD a b /added/'),
  fc.tuple(fc.constantFrom('A', 'B'), word).map(([name, value]) => `ENV ${name}=${value}`),
  fc.constantFrom('ARG A', 'ARG A=default', 'ARG B=b', 'ENV C=$A'),
  word.map((value) => `LABEL l=${value}`),
  fc.constantFrom('WORKDIR /w', 'WORKDIR /v/deep', 'WORKDIR sub', 'USER 7', 'USER 0', 'EXPOSE 80', 'VOLUME /vol'),
  fc.constantFrom('CMD ["x"]', 'ENTRYPOINT ["y"]', 'STOPSIGNAL 9', 'SHELL ["/bin/sh", "-ec"]'),
);

const commands = fc.oneof(
  fc.tuple(word, word).map(([name, value]) => `RUN echo "${value} $A $B" > /tmp/${name}`),
  fc.constantFrom(
    'RUN rm -rf /p && mkdir -p /tmp/made && ln -sf x /tmp/made/link',
    'RUN --mount=type=bind,target=/context cat /context/a > /tmp/seen || true',
    'RUN --mount=type=cache,target=/cache echo > /tmp/with-cache',
    'RUN <<EOF\ncd /tmp\necho $A > heredoc\nEOF',
    'RUN ls -R /d /p > /tmp/listing 2>/dev/null || true',
  ),
);

function instructionFor(earlier: number, shells: readonly boolean[]): fc.Arbitrary<string> {
  const choices = [{ weight: 5, arbitrary: anywhere as fc.Arbitrary<string> }];
  if (shells[earlier] === true) choices.push({ weight: 2, arbitrary: commands });
  if (earlier > 0) {
    const from = fc
      .tuple(fc.nat({ max: earlier - 1 }), fc.constantFrom('/root/', '/from/', '/tmp/'))
      .map(([stage, to]) => `COPY --from=${stage} ${shells[stage] === true ? '/tmp' : '/'} ${to}`);
    choices.push({ weight: 1, arbitrary: from });
  }
  return fc.oneof(...choices);
}

/** A stage on scratch, or on one that is, has no shell. */
function hasShell(stages: readonly Pick<RandomStage, 'base'>[], base: RandomStage['base']): boolean {
  if (typeof base === 'string') return base === 'box';
  return hasShell(stages, stages[base]!.base);
}

function stagesOf(bases: readonly RandomStage['base'][]): fc.Arbitrary<RandomStage[]> {
  const stages = bases.map((base) => ({ base }));
  const shells = bases.map((base) => hasShell(stages, base));
  return fc.tuple(
    ...bases.map((base, index) => {
      const instruction = instructionFor(index, shells);
      return fc.array(instruction, { minLength: 1, maxLength: 5 }).map((instructions) => ({ base, instructions }));
    }),
  );
}

const shapes: fc.Arbitrary<RandomStage['base'][]> = fc
  .array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 3 })
  .map((draws) => draws.map((draw, index) => (draw < 6 ? 'box' : draw < 8 || index === 0 ? 'scratch' : draw % index)));

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), file, text: word }),
  fc.record({ kind: fc.constant('touch' as const), file }),
  fc.record({ kind: fc.constant('mode' as const), file }),
  fc.record({ kind: fc.constant('remove' as const), file: fc.constantFrom('d/b', 'y.txt') }),
  fc.record({ kind: fc.constant('instruction' as const), stage: fc.nat(2), at: fc.nat(4), to: anywhere }),
  fc.record({ kind: fc.constant('insert' as const), stage: fc.nat(2), at: fc.nat(4), to: anywhere }),
  fc.record({ kind: fc.constant('drop' as const), stage: fc.nat(2), at: fc.nat(4) }),
  fc.record({ kind: fc.constant('argument' as const), value: word }),
  fc.record({ kind: fc.constant('ignore' as const), pattern: fc.constantFrom('x.txt', 'd/e', '*.md', '') }),
  fc.record({ kind: fc.constant('target' as const), stage: fc.nat(2) }),
  fc.constant({ kind: 'none' as const }),
);

/** What is built at random: any of it may fail to build, and then has to fail again in the same way. */
export const randomBuild: fc.Arbitrary<RandomBuild> = shapes.chain((bases) =>
  fc.record({
    files: fc.constant(Object.fromEntries(FILES.map((name) => [name, `${name}\n`]))),
    stages: stagesOf(bases),
    args: fc.constantFrom<Record<string, string>[]>({}, { A: 'given' }),
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  }),
);

export function textOf(stages: readonly RandomStage[]): string {
  return stages
    .map(
      ({ base, instructions }, index) =>
        `FROM ${typeof base === 'number' ? `s${base}` : base} AS s${index}\n${instructions.join('\n')}\n`,
    )
    .join('');
}
