import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shell } from '../../bash/shell.test-support.ts';
import { DockerfileReader } from '../../dockerfile/dockerfile-reader.ts';
import { readDockerfile } from '../../dockerfile/read.ts';
import { type LintOptions, lintDockerfile, RULES } from '../lint.ts';
import { DEFAULT_SETTINGS } from '../lint-settings.ts';
import { IncrementalLinter } from './incremental-linter.ts';

const OPTIONS: LintOptions = {
  shell,
  settings: {
    ...DEFAULT_SETTINGS,
    // All rules are at work.
    severities: new Map(RULES.filter(({ off }) => off).map(({ code }) => [code, 'info'])),
    labels: new Map([['version', 'semver']]),
    strictLabels: true,
    trustedRegistries: ['docker.io'],
  },
  experimental: 'all',
  shellCheck: ({ text }) =>
    text.includes('$')
      ? [
          {
            line: text.split('\n').length,
            column: 1,
            endLine: text.split('\n').length,
            endColumn: 2,
            level: 'info',
            code: 2086,
            message: 'quote',
          },
        ]
      : undefined,
};

/** Lines as people write them, right and wrong, some of which change what others mean. */
const LINES = [
  ...['FROM a:1 AS base', 'FROM base', 'from b as C', 'FROM debian:13', 'FROM $V', 'ARG V=1', 'ARG W', 'ENV V=2'],
  ...['ENV PORT=8080 A=$V', 'ENV K v', 'ENV Z=$UNKNOWN', 'WORKDIR /srv', 'WORKDIR srv', 'WORKDIR $V', 'USER root'],
  ...[
    'USER app',
    'COPY . .',
    'COPY --from=base /a b',
    'COPY x.tar.gz /x',
    'ADD a /b',
    'RUN cd /x && make',
    'RUN sudo x',
  ],
  ...[
    'RUN apt-get update',
    'RUN apt-get install -y git \\',
    '  && rm -rf /a \\',
    '',
    '  # why',
    '    curl=1',
    'RUN a | b',
  ],
  ...[
    'RUN pip install x && npm install y',
    'RUN yum install -y z',
    'RUN wget x',
    'RUN curl y',
    'RUN echo $V',
    'RUN rm /x/a',
  ],
  ...['RUN <<E', 'apt-get install q', 'E', 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]', 'SHELL ["pwsh", "-c"]'],
  ...['CMD npm start', 'CMD ["x"]', 'ENTRYPOINT x y', 'EXPOSE 22', 'EXPOSE $V/TCP 1:2', 'LABEL version=x', 'LABEL a b'],
  ...[
    'HEALTHCHECK CMD x',
    'HEALTHCHECK NONE',
    'ONBUILD RUN cd /y',
    'ONBUILD ENV Q=$NOPE',
    'MAINTAINER me',
    'run lower',
  ],
  ...['# hadolint ignore=DL3008,DL3004', '# hadolint stage ignore=DL3003', '# hadolint global ignore=DL3059'],
  ...['# check=skip=WorkdirRelativePath', '# hadolint shell=powershell', '# escape=`', '# V is it', 'NOSUCH x', '\\'],
  ...[
    'FROM scratch AS base',
    'FROM microsoft/nanoserver AS base',
    'COPY --from=base / /',
    'RUN bash -euo pipefail <<E',
  ],
];

const lines = fc.array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 25 });
const edit = fc.oneof(
  fc.record({
    at: fc.nat(30),
    remove: fc.nat(2),
    insert: fc.array(fc.constantFrom(...LINES), { maxLength: 2 }),
  }),
  // A line is broken, so that all below moves.
  fc.record({ at: fc.nat(30), remove: fc.constant(0), insert: fc.constant(['']) }),
  // What was there before comes back.
  fc.constant('undo' as const),
);

describe('judging one version after another', () => {
  it('finds what judging each by itself finds', () => {
    fc.assert(
      fc.property(
        lines,
        fc.array(edit, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(2, 64),
        (start, edits, many) => {
          const reader = new DockerfileReader();
          const linter = new IncrementalLinter(many);
          const versions = [start];
          for (const each of [{ at: 0, remove: 0, insert: [] }, ...edits]) {
            const text = [...versions.at(each === 'undo' ? -2 : -1)!];
            if (each !== 'undo') text.splice(each.at % (text.length + 1), each.remove, ...each.insert);
            versions.push(text);
            const now = `${text.join('\n')}\n`;
            const found = linter.lint(reader.read(now).value, now, OPTIONS).all;
            expect(found).toEqual(lintDockerfile(readDockerfile(now).value, now, OPTIONS));
          }
        },
      ),
      { numRuns: 120, seed: 6 },
    );
  }, 120_000);

  it.each([
    [
      'a variable’s value',
      'FROM a\nENV V=/srv\nWORKDIR $V\n',
      'FROM a\nENV V=srv\nWORKDIR $V\n',
      'WorkdirRelativePath',
    ],
    ['a variable that is gone', 'FROM a\nENV V=/srv\nUSER $V\n', 'FROM a\nENV W=/srv\nUSER $V\n', 'UndefinedVar'],
    ['the WORKDIR above', 'FROM a\nWORKDIR /a\nWORKDIR b\n', 'FROM a\n\nWORKDIR b\n', 'WorkdirRelativePath'],
    [
      'a comment that names a shell, inside of an instruction',
      'FROM a\nNO \\\n# hadolint shell=powershell\nb\nRUN yum install -y z\n',
      'FROM a\nNO \\\nb\nRUN yum install -y z\n',
      'DL3033',
    ],
    ['the SHELL above', 'FROM a\nSHELL ["cmd"]\nRUN sudo x\n', 'FROM a\nSHELL ["sh"]\nRUN sudo x\n', 'DL3004'],
    ['the EXPOSE below', 'FROM a\nENV PORT=80\nEXPOSE 80\n', 'FROM a\nENV PORT=80\nEXPOSE 81\n', 'port-not-exposed'],
    ['the comment above', 'FROM a\n# hadolint ignore=DL3004\nRUN sudo x\n', 'FROM a\n# no\nRUN sudo x\n', 'DL3004'],
    [
      'what a stage leaves out',
      '# hadolint stage ignore=DL3004\nFROM a\nRUN sudo x\n',
      '# no\nFROM a\nRUN sudo x\n',
      'DL3004',
    ],
    [
      'the stage below',
      'FROM a AS b\nFROM b\nCMD x\n',
      'FROM a AS b\nONBUILD ENV K v\nFROM b\nCMD x\n',
      'LegacyKeyValueFormat',
    ],
  ])('follows a change of %s', (_what, before, after, code) => {
    const linter = new IncrementalLinter();
    const reader = new DockerfileReader();
    const codes = (text: string) =>
      linter.lint(reader.read(text).value, text, { shell }).all.map((finding) => finding.code);
    expect(codes(before)).not.toContain(code);
    expect(codes(after)).toContain(code);
  });

  it('follows a change of the image that a fix is for', () => {
    const linter = new IncrementalLinter();
    const reader = new DockerfileReader();
    const fix = (text: string) =>
      linter.lint(reader.read(text).value, text, { shell }).all.find(({ code }) => code === 'DL4006')?.fixes[0]?.title;
    expect(fix('FROM debian:13\nRUN a | b\n')).toContain('/bin/bash');
    expect(fix('FROM alpine:3\nRUN a | b\n')).toContain('/bin/ash');
  });

  it('finds the same again where settings change', () => {
    const text = 'FROM a\nRUN sudo x\nWORKDIR y\nRUN apt-get install -y git\n';
    const { value } = readDockerfile(text);
    const linter = new IncrementalLinter();
    expect(linter.lint(value, text, { shell }).all).toEqual(lintDockerfile(value, text, { shell }));
    for (const ignored of [['DL3004'], [], ['WorkdirRelativePath']]) {
      const options = { shell, settings: { ...DEFAULT_SETTINGS, ignored } };
      expect(linter.lint(value, text, options).all).toEqual(lintDockerfile(value, text, options));
    }
    expect(linter.lint(value, text).all).toEqual(lintDockerfile(value, text));
  });

  it('takes up what becomes known of an image', () => {
    const text = 'FROM a\nWORKDIR $HOME\nRUN x\n';
    const { value } = readDockerfile(text);
    const linter = new IncrementalLinter();
    for (const baseOf of [() => undefined, () => ({ env: ['HOME=/root'] }), () => ({ env: ['HOME=srv'] })]) {
      expect(linter.lint(value, text, { baseOf }).all).toEqual(lintDockerfile(value, text, { baseOf }));
    }
  });

  it('takes up what registries say of images, also of those that an argument names', () => {
    const reader = new DockerfileReader();
    const linter = new IncrementalLinter();
    const versions: [string, string[]][] = [
      ['ARG V=a:1\nFROM $V\nFROM b:1\n', []],
      ['ARG V=a:1\nFROM $V\nFROM b:1\n', ['b:1']],
      ['ARG V=a:1\nFROM $V\nFROM b:1\n', ['a:1', 'b:1']],
      ['ARG V=c:1\nFROM $V\nFROM b:1\n', ['a:1', 'b:1']],
      ['ARG V=c:1\nFROM $V\n\nFROM b:1\n', ['c:1']],
      ['ARG V=c:1\nFROM $V\n\nFROM b:1\n', []],
    ];
    const seen = versions.map(([text, gone]) => {
      const answers = new Map(gone.map((name) => [name, { exists: false, tags: [] } as const]));
      const options = { registryOf: (name: string) => answers.get(name) };
      const found = linter.lint(reader.read(text).value, text, options).all;
      expect(found).toEqual(lintDockerfile(readDockerfile(text).value, text, options));
      return found.filter(({ code }) => code === 'base-image-missing').map(({ range }) => range.start.line);
    });
    expect(seen).toEqual([[], [2], [1, 2], [2], [1], []]);
  });

  it('takes up what ShellCheck says later', () => {
    const text = 'FROM a\nRUN echo $x\n';
    const { value } = readDockerfile(text);
    const linter = new IncrementalLinter();
    const comment = {
      line: 10,
      column: 6,
      endLine: 10,
      endColumn: 8,
      level: 'info',
      code: 2086,
      message: 'q',
    } as const;
    expect(linter.lint(value, text, { shellCheck: () => undefined }).all.map(({ code }) => code)).not.toContain(
      'SC2086',
    );
    expect(linter.lint(value, text, { shellCheck: () => [comment] }).all.map(({ code }) => code)).toContain('SC2086');
  });
});
