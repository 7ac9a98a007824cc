import { describe, expect, it } from 'vitest';
import type { InstructionKind, InstructionOfKind } from './instructions.ts';
import { readDockerfile } from './read.ts';

function first<Kind extends InstructionKind>(kind: Kind, text: string): InstructionOfKind<Kind> {
  const { value } = readDockerfile(text);
  const found = value.instructions.find(
    (instruction): instruction is InstructionOfKind<Kind> => instruction.kind === kind,
  );
  expect(found, `${kind} in ${text}`).toBeDefined();
  return found!;
}

const problemsOf = (text: string) =>
  readDockerfile(text).problems.map(({ message, range: { start, end } }) => ({
    message,
    range: `${start.line}:${start.character}-${end.line}:${end.character}`,
  }));

describe('typed instructions', () => {
  it('read FROM with platform and stage', () => {
    const from = first('FROM', 'FROM --platform=$BUILDPLATFORM node:22 AS Build');
    expect(from.image?.text).toBe('node:22');
    expect(from.platform?.text).toBe('$BUILDPLATFORM');
    expect(from.stage?.text).toBe('Build');
    expect(from.as?.range.start.character).toBe(39);
  });

  it('read COPY with every flag, and heredocs as sources', () => {
    const copy = first(
      'COPY',
      'FROM a\nCOPY --from=b --chown=1 --link --exclude=*.md --exclude=x <<EOF c /d/\nhi\nEOF',
    );
    expect(copy).toMatchObject({
      from: { text: 'b' },
      chown: { text: '1' },
      link: true,
      parents: false,
      exclude: [{ text: '*.md' }, { text: 'x' }],
      sources: [
        { kind: 'heredoc', heredoc: { content: 'hi\n' } },
        { kind: 'path', path: { text: 'c' } },
      ],
      destination: { text: '/d/' },
    });
  });

  it('read the fields of mounts, quoted ones too', () => {
    const run = first(
      'RUN',
      'FROM a\nRUN --mount=type=cache,target=/c --mount="type=bind,\\"source=a,b\\",target=/x" ls',
    );
    const fields = run.mounts.map(({ fields }) => fields.map(({ key, value }) => [key.text, value?.text]));
    expect(fields).toEqual([
      [
        ['type', 'cache'],
        ['target', '/c'],
      ],
      [
        ['type', 'bind'],
        ['source', 'a,b'],
        ['target', '/x'],
      ],
    ]);
  });

  it.each([
    ['vendor.com/class=name', { name: 'vendor.com/class=name', required: false }],
    ['vendor.com/class=name,required', { name: 'vendor.com/class=name', required: true }],
    ['required=false,name=vendor.com/class', { name: 'vendor.com/class', required: false }],
  ])('read the device %s', (text, device) => {
    expect(first('RUN', `FROM a\nRUN --device=${text} ls`).devices).toMatchObject([device]);
    expect(problemsOf(`FROM a\nRUN --device=${text} ls`)).toEqual([]);
  });

  it('read the times of HEALTHCHECK in nanoseconds', () => {
    const check = first('HEALTHCHECK', 'FROM a\nHEALTHCHECK --interval=1m30s --timeout=1.5s --retries=3 CMD ["true"]');
    expect(check.times).toEqual({ interval: 90e9, timeout: 1.5e9, startPeriod: 0, startInterval: 0, retries: 3 });
    expect(check.command).toMatchObject({ form: 'exec', words: [{ text: 'true' }] });
  });

  it('keep what ONBUILD does as an instruction and as text', () => {
    const onBuild = first('ONBUILD', 'FROM a\nONBUILD COPY --link a b');
    expect(onBuild.expression).toBe('COPY --link a b');
    expect(onBuild.trigger).toMatchObject({ kind: 'COPY', link: true });
  });

  it('group instructions by stage, global ARGs apart', () => {
    const { value } = readDockerfile('ARG V=1\nFROM a AS One\nRUN x\nFROM One\nRUN y\nRUN z');
    expect(value.globalArgs).toHaveLength(1);
    expect(value.stages.map(({ name, instructions }) => [name, instructions.length])).toEqual([
      ['one', 1],
      [undefined, 2],
    ]);
  });
});

describe('mistakes', () => {
  it.each([
    ['FRM a', 'unknown instruction: FRM (did you mean FROM?)', '0:0-0:3'],
    ['FROM a\nrunn x', 'unknown instruction: runn (did you mean run?)', '1:0-1:4'],
    [
      'FROM a\nCOPY . ',
      'COPY requires at least two arguments, but only one was provided. Destination could not be determined',
      '1:0-1:4',
    ],
    ['FROM a\nCOPY --form=b c d', 'unknown flag: --form (did you mean from?)', '1:7-1:11'],
    ['FROM a\nCOPY --link=maybe c d', 'expecting boolean value for flag --link, not: maybe', '1:5-1:17'],
    [
      'FROM a AS 1st',
      `invalid name for build stage: "1st", name can't start with a number or contain symbols`,
      '0:10-0:13',
    ],
    ['FROM a b', 'FROM requires either one or three arguments', '0:0-0:8'],
    ['FROM a\nENV A=b C', `Syntax error - can't find = in "C". Must be of the form: name=value`, '1:8-1:9'],
    ['FROM a\nSHELL bash', 'SHELL requires the arguments to be in JSON form', '1:6-1:10'],
    ['FROM a\nHEALTHCHECK --timeout=5 CMD x', 'time: missing unit in duration "5"', '1:22-1:23'],
    ['FROM a\nRUN --network=bridge x', 'invalid network mode "bridge"', '1:14-1:20'],
    ['FROM a\nRUN --device=a/b=c,d=e x', "unexpected key 'd' in 'd=e'", '1:19-1:20'],
    ['FROM a\nRUN --device=a/b,required=2 x', 'invalid value for required: 2', '1:17-1:27'],
    ['FROM a\nONBUILD FROM b', "FROM isn't allowed as an ONBUILD trigger", '1:8-1:12'],
    ['RUN x', 'no build stage in current context', '0:0-0:3'],
  ])('are told where they are: %j', (text, message, range) => {
    expect(problemsOf(text)).toEqual([{ message, range }]);
  });

  it('do not hide those below', () => {
    expect(problemsOf('FROM a\nNONSENSE\nCOPY x\nRUN ok').map(({ message }) => message)).toEqual([
      'unknown instruction: NONSENSE',
      'COPY requires at least two arguments, but only one was provided. Destination could not be determined',
    ]);
  });

  it('of a trigger are warnings', () => {
    expect(readDockerfile('FROM a\nONBUILD COPY x').problems).toMatchObject([{ severity: 'warning' }]);
  });
});
