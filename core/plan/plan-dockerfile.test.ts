import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import { emptyConfig, type RunConfig } from '../image/config.ts';
import { asImageId, type Digest } from '../image/digest.ts';
import { fileTree } from './file-tree.ts';
import type { BaseImage, PlanInputs, PlannedStep } from './plan.ts';
import { planDockerfile } from './plan-dockerfile.ts';

const ID = asImageId(`sha256:${'a'.repeat(64)}` as Digest);

function image(config: Partial<RunConfig>): BaseImage {
  return { id: ID, config: { ...emptyConfig(), ...config } };
}

function plan(text: string, inputs: Partial<PlanInputs> = {}) {
  const { value } = readDockerfile(text);
  return planDockerfile(value, {
    context: fileTree([]),
    buildArgs: {},
    images: new Map(),
    buildPlatform: { os: 'linux', architecture: 'amd64' },
    ...inputs,
  });
}

function lastStep(text: string, inputs: Partial<PlanInputs> = {}): PlannedStep {
  const { value, problems } = plan(text, inputs);
  expect(problems).toEqual([]);
  return value.stages.at(-1)!.steps.at(-1)!;
}

const messages = (text: string, inputs: Partial<PlanInputs> = {}): string[] =>
  plan(text, inputs).problems.map(({ message }) => message);

describe('sources of COPY', () => {
  it('are missed where a wildcard matches nothing, but not where it stands for a file that need not be there', () => {
    const context = fileTree([{ path: 'package.json', type: 'file', size: 1, mode: 0o644, mtime: 0 }]);
    const codes = (copy: string) => plan(`FROM a\nCOPY ${copy} ./`, { context }).problems.map(({ code }) => code);
    expect(codes('package.json yarn.lock* ./.npmrc*')).toEqual([]);
    expect(codes('package.json *.lock')).toEqual(['copy-matches-nothing']);
    expect(codes('package.json src/*')).toEqual(['copy-matches-nothing']);
    expect(codes('yarn.lock*')).toEqual(['copy-matches-nothing']);
  });
});

describe('variables', () => {
  it('of ARG above FROM reach FROM, and a stage that declares them', () => {
    const { value } = plan('ARG V=22\nFROM node:$V\nARG V\nENV NODE=$V', { buildArgs: {} });
    expect(value.references).toEqual(['node:22']);
    expect(value.stages[0]?.config.Env.at(-1)).toBe('NODE=22');
  });

  it('of the build come before defaults', () => {
    const step = lastStep('FROM a\nARG V=1\nLABEL v=$V', { buildArgs: { V: '2' } });
    expect(step.config.Labels).toEqual({ v: '2' });
  });

  it('have in one ENV the values from before it', () => {
    expect(lastStep('FROM a\nENV x=1\nENV x=2 y=$x').config.Env).toContain('y=1');
  });

  it('of the base are in force', () => {
    const images = new Map([['a', image({ Env: ['HOME=/home/app', 'PATH=/bin'], WorkingDir: '/app' })]]);
    const step = lastStep('FROM a\nWORKDIR $HOME/x\nWORKDIR y', { images });
    expect(step.config.WorkingDir).toBe('/home/app/x/y');
    expect(step.config.Env).toEqual(['HOME=/home/app', 'PATH=/bin']);
  });

  it('name the platform once a stage asks for it', () => {
    const target = { os: 'linux', architecture: 'arm64' };
    expect(lastStep('FROM a\nARG TARGETARCH\nLABEL x=$TARGETARCH', { targetPlatform: target }).config.Labels).toEqual({
      x: 'arm64',
    });
  });
});

it('does not grow values without end', () => {
  expect(messages(`FROM a\nENV A=xxxxxxxxxx${'\nENV A=$A$A'.repeat(30)}`)[0]).toMatch(
    /^failed to process "\$A\$A": .* too long/,
  );
});

describe('stages', () => {
  it('that the target does not need are not planned', () => {
    const text = 'FROM a AS one\nFROM b AS two\nFROM one AS three\nCOPY --from=1 /x /\nFROM c';
    expect(plan(text, { target: 'THREE' }).value.stages.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(plan(text).value.stages.map(({ index }) => index)).toEqual([3]);
    expect(plan(text, { allStages: true }).value.stages).toHaveLength(4);
  });

  it('hand their config to those on top', () => {
    const { value } = plan('FROM a AS base\nUSER app\nENV A=1\nFROM base\nRUN id');
    expect(value.stages[1]?.steps[0]?.effect).toMatchObject({ user: 'app', environment: { A: '1' } });
  });

  it('fire the ONBUILD instructions of their base first', () => {
    const images = new Map([['a', image({ OnBuild: ['RUN get', 'RUN make'] })]]);
    const { value, problems } = plan('FROM a\nCMD ["x"]', { images });
    expect(problems).toEqual([]);
    expect(value.stages[0]?.steps.map(({ keyword, trigger }) => [keyword, trigger])).toEqual([
      ['RUN', true],
      ['RUN', true],
      ['CMD', false],
    ]);
    expect(value.stages[0]?.config.OnBuild).toEqual([]);
  });

  it.each([
    ['FROM a AS x\nCOPY --from=x /a /', 'circular dependency detected on stage: x'],
    ['FROM a\nCOPY --from=7 /a /', 'invalid stage index 7'],
    [
      'FROM a\nFROM b\nRUN --mount=from=0,target=/x ls',
      'a mount takes a stage by its name, not by its number: from=0 would be an image',
    ],
    ['FROM a\nCOPY --from=late /a /\nFROM b AS late\nFROM 0', undefined],
    ['FROM $NOTHING', 'base name ($NOTHING) should not be blank'],
    ['ARG x', 'dockerfile contains no stages to build'],
    ['FROM --platform=$NO a', 'empty platform value from expression $NO'],
  ])('that cannot be are told: %j', (text, message) => {
    expect(messages(text)).toEqual(message === undefined ? [] : [message]);
  });

  it.each([
    ['itself', 'FROM scratch AS x\nCOPY --from=x /a /'],
    ['no stage', 'FROM scratch\nCOPY --from=7 /a /'],
    ['a number', 'FROM scratch\nFROM scratch\nRUN --mount=from=0,target=/x ls'],
    ['a variable', 'FROM scratch\nRUN --mount=from=$V,target=/x ls'],
    ['a variable of COPY', 'FROM scratch\nCOPY --from=$V /a /'],
    ['one below', 'FROM scratch AS a\nCOPY --from=late /a /\nFROM a AS late'],
  ])('that take files from %s name no image to fetch', (_, text) => {
    const { value, problems } = plan(text);
    expect([...readDockerfile(text).problems, ...problems]).toHaveLength(1);
    expect(value.references).toEqual([]);
  });

  it('that is asked for and missing is told with the nearest name', () => {
    expect(messages('FROM a AS builder', { target: 'bilder' })).toEqual([
      'target stage "bilder" could not be found (did you mean builder?)',
    ]);
  });
});

describe('steps', () => {
  it('say what the shell and the exec form run', () => {
    expect(lastStep('FROM a\nRUN a && b').effect).toMatchObject({ argv: ['/bin/sh', '-c', 'a && b'] });
    expect(lastStep('FROM a\nSHELL ["bash","-ec"]\nRUN x').effect).toMatchObject({ argv: ['bash', '-ec', 'x'] });
    expect(lastStep('FROM a\nRUN ["a", "$b"]').effect).toMatchObject({ argv: ['a', '$b'] });
    expect(lastStep('FROM a\nRUN <<EOF\nx\ny\nEOF').effect).toMatchObject({ argv: ['/bin/sh', '-c', 'x\ny\n'] });
  });

  it('show ARGs in the history of RUN', () => {
    expect(lastStep('FROM a\nARG V=1\nRUN x').createdBy).toBe('RUN |1 V=1 /bin/sh -c x');
  });

  it('expand heredocs of COPY unless their name is quoted', () => {
    const contents = (name: string) => {
      const { effect } = lastStep(`FROM a\nENV X=1\nCOPY <<${name} /f\nx=$X "q"\nEOF`);
      return effect.kind === 'copy' ? effect.sources : [];
    };
    expect(contents('EOF')).toMatchObject([{ content: 'x=1 "q"\n' }]);
    expect(contents("'EOF'")).toMatchObject([{ content: 'x=$X "q"\n' }]);
  });

  it('keep CMD only where ENTRYPOINT does not replace the base’s', () => {
    const images = new Map([['a', image({ Cmd: ['old'] })]]);
    expect(lastStep('FROM a\nENTRYPOINT ["e"]', { images }).config.Cmd).toBeUndefined();
    expect(lastStep('FROM a\nCMD ["c"]\nENTRYPOINT ["e"]', { images }).config.Cmd).toEqual(['c']);
  });

  it('expose ranges, and refuse what is no port', () => {
    expect(Object.keys(lastStep('FROM a\nENV P=80\nEXPOSE $P 90-91/udp').config.ExposedPorts)).toEqual([
      '80/tcp',
      '90/udp',
      '91/udp',
    ]);
    expect(messages('FROM a\nEXPOSE 70000')).toEqual(['invalid containerPort: 70000']);
    expect(messages('FROM a\nSTOPSIGNAL SIGFOO')).toEqual(['invalid signal: SIGFOO']);
  });

  it('read mounts with their defaults', () => {
    const { effect } = lastStep(
      'FROM a AS b\nFROM a\nRUN --mount=type=cache,target=/c --mount=from=b,target=d,source=/x ls',
    );
    expect(effect.kind === 'run' ? effect.mounts : []).toMatchObject([
      { type: 'cache', target: '/c', readOnly: false, sharing: 'shared' },
      { type: 'bind', target: '/d', source: '/x', origin: { kind: 'stage', stage: 0 }, readOnly: true },
    ]);
  });

  it.each([
    ['type=cach,target=/x', 'unsupported mount type "cach" (did you mean cache?)'],
    ['type=cache,tarrget=/x', "unexpected key 'tarrget' in 'tarrget=/x' (did you mean target?)"],
    ['type=secret,from=a,id=x', 'secret mount should not have a from'],
    ['type=secret,sharing=locked,id=x', 'secret mount should not define sharing'],
    ['type=secret,source=a,id=x', "both source and id can't be set"],
    ['type=secret', 'invalid secret mount. one of source, target required'],
    ['type=tmpfs,target=/x,sharing=locked', 'invalid cache sharing set for tmpfs mount'],
  ])('refuse mounts that are none: %s', (mount, message) => {
    expect(messages(`FROM a\nRUN --mount=${mount} ls`)[0]).toBe(message);
  });

  it('end with the labels that the build asks for', () => {
    expect(lastStep('FROM a\nLABEL a=1 b=1', { labels: { b: '2' } }).config.Labels).toEqual({ a: '1', b: '2' });
  });
});
