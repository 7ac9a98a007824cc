import { describe, expect, it } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import { checkProblems } from './check-problems.ts';

const problems = (directive: string) => checkProblems(readDockerfile(`# check=${directive}\nFROM a`).value);

describe('checkProblems', () => {
  it('tells in BuildKit’s words what it cannot read', () => {
    expect(problems('skop=all')).toMatchObject([
      { severity: 'error', message: 'failed to parse check options: invalid check option "skop"' },
    ]);
  });

  it('warns of a rule’s misspelt name, at the name', () => {
    expect(problems('skip=UndefinedVar,WorkdirRelativPath')).toMatchObject([
      {
        severity: 'warning',
        suggestion: 'WorkdirRelativePath',
        range: { start: { line: 0, character: 26 }, end: { line: 0, character: 44 } },
      },
    ]);
  });

  it.each(['', 'skip=all', 'skip=CopyIgnoredFile,DL3008,SomethingElse', 'error=true;experimental=all'])(
    'is content with %j',
    (directive) => {
      expect(problems(directive)).toEqual([]);
    },
  );
});
