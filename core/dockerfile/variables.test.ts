import { describe, expect, it } from 'vitest';
import { readDockerfile } from './read.ts';
import { Variables } from './variables.ts';

const PREDEFINED = new Map([['TARGETARCH', 'arm64']]);

/** The variables that the last instruction may use. */
function atEnd(text: string, environment: readonly string[] = []): Record<string, string> {
  const { value } = readDockerfile(text);
  const variables = new Variables(value, {
    predefined: PREDEFINED,
    environmentOf: (reference) => (reference === 'node:22' ? environment : undefined),
  });
  const table = variables.before(value.instructions.at(-1)!);
  return Object.fromEntries([...table].map(([name, { value: known, origin }]) => [name, `${origin} ${known}`]));
}

describe('the variables at a place', () => {
  it('are those of the stage so far, of the base image, and of what is declared', () => {
    const text = 'ARG V=22\nFROM node:$V\nARG V\nARG X=1\nARG NONE\nENV A=$X-$V B="$PATH:/x"\nRUN x\nENV LATER=1\n';
    expect(atEnd(text, ['PATH=/bin'])).toEqual({
      PATH: 'image /bin',
      V: 'global 22',
      X: 'arg 1',
      NONE: 'arg undefined',
      A: 'env 1-22',
      B: 'env /bin:/x',
    });
  });

  it('come from the stage below, and not from others', () => {
    expect(atEnd('FROM a AS one\nENV A=1\nFROM b AS two\nENV B=2\nFROM one\nRUN x\n')).toEqual({
      PATH: 'image undefined',
      A: 'env 1',
    });
  });

  it('come from a stage that FROM names by a variable', () => {
    expect(atEnd('ARG T=one\nFROM a AS s-one\nENV A=1\nFROM s-$T\nRUN x\n').A).toBe('env 1');
  });

  it('keep what an unknown base image sets as it is written', () => {
    expect(atEnd('FROM x\nENV PATH=/x:$PATH\nENV B=$PATH C=$NONE\nRUN x\n')).toEqual({
      PATH: 'env /x:$PATH',
      B: 'env /x:$PATH',
      C: 'env ',
    });
  });

  it('are for FROM what stands above it, and what the builder sets', () => {
    expect(atEnd('ARG A=1\nARG B=$A.2\nFROM x:$B\n')).toEqual({
      TARGETARCH: 'predefined arm64',
      A: 'global 1',
      B: 'global 1.2',
    });
    expect(atEnd('FROM x\nARG TARGETARCH\nRUN x\n')).toEqual({
      PATH: 'image undefined',
      TARGETARCH: 'predefined arm64',
    });
  });

  it('keep ENV before ARG, and take values of one ENV from before it', () => {
    expect(atEnd('FROM x\nENV A=1\nARG A=2\nENV A=3 B=$A\nRUN x\n')).toEqual({
      PATH: 'image undefined',
      A: 'env 3',
      B: 'env 1',
    });
  });

  it('do not grow without end', () => {
    const text = `FROM x\nENV A=aaaaaaaa\n${'ENV A=$A$A\n'.repeat(40)}RUN x\n`;
    expect(atEnd(text).A!.length).toBeLessThan(5000);
  });
});
