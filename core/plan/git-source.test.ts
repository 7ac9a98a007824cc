import { describe, expect, it } from 'vitest';
import { boundCommit, gitContext, gitSource } from './git-source.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('the address of a repository', () => {
  it.each([
    ['https://h/r.git', { remote: 'https://h/r.git', submodules: true }],
    ['https://h/r.git#main', { remote: 'https://h/r.git', ref: 'main', submodules: true }],
    ['https://h/r.git#main:a/b', { remote: 'https://h/r.git', ref: 'main', subdir: 'a/b', submodules: true }],
    ['https://h/r.git#:a', { remote: 'https://h/r.git', subdir: 'a', submodules: true }],
    ['git@h:o/r.git#v1', { remote: 'git@h:o/r.git', ref: 'v1', submodules: true }],
    [
      'https://h/r.git?branch=x&subdir=d',
      { remote: 'https://h/r.git', ref: 'refs/heads/x', subdir: 'd', submodules: true },
    ],
    ['https://h/r.git?tag=v1', { remote: 'https://h/r.git', ref: 'refs/tags/v1', submodules: true }],
    ['https://h/r.git?ref=a%2Fb', { remote: 'https://h/r.git', ref: 'a/b', submodules: true }],
    [
      'https://h/r.git?commit=0123456',
      { remote: 'https://h/r.git', ref: '0123456', commit: '0123456', submodules: true },
    ],
    ['https://h/r.git?keep-git-dir=1&submodules=0', { remote: 'https://h/r.git', keepGitDir: true, submodules: false }],
    ['ssh://git@h:22/r?keep-git-dir', { remote: 'ssh://git@h:22/r', keepGitDir: true, submodules: true }],
  ])('%s is read', (text, source) => {
    expect(gitSource(text)).toEqual({ ok: true, source });
  });

  it.each([
    ['https://h/r.git#--upload-pack=touch /tmp/x', 'its ref begins with a dash'],
    ['https://h/r.git?ref=--upload-pack%3Dx', 'its ref begins with a dash'],
    ['https://h/r.git#main:-x', 'its subdir begins with a dash'],
    ['ssh://-oProxyCommand=x/r', 'its host begins with a dash'],
    ['ssh://-oProxyCommand=x@h/r', 'its user begins with a dash'],
    ['-x@h:r', 'its user begins with a dash'],
    ['file:///etc', 'it is no address'],
    ['ext::sh -c id', 'it is no address'],
    ['https:///r.git', 'it names no host'],
    ['https://h/r.git#a b', 'is no name of a branch'],
    ['https://h/r.git#a..b', 'is no name of a branch'],
    ['https://h/r.git#a%0A\nb', 'control characters'],
    ['https://h/r.git?branch=a&tag=b', 'conflict'],
    ['https://h/r.git?branch=a#b', 'ref conflicts: "b" vs "refs/heads/a"'],
    ['https://h/r.git?subdir=a#b:c', 'subdir conflicts'],
    ['https://h/r.git?ref=', 'query "ref" has no value'],
    ['https://h/r.git?ref=a&ref=b', 'query "ref" has multiple values'],
    ['https://h/r.git?what=1', 'unexpected query "what"'],
    ['https://h/r.git?submodules=maybe', 'invalid submodules value: "maybe"'],
    ['https://h/r.git?commit=main', '"main" is no name of a commit'],
  ])('%s is refused', (text, problem) => {
    expect(gitSource(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('binds to a commit where one is named in full', () => {
    const bound = (text: string) => {
      const parsed = gitSource(text);
      return parsed.ok && boundCommit(parsed.source);
    };
    expect(bound(`https://h/r.git#${COMMIT}`)).toBe(COMMIT);
    expect(bound(`https://h/r.git?branch=a&commit=${COMMIT}`)).toBe(COMMIT);
    expect(bound('https://h/r.git?commit=0123456')).toBeUndefined();
    expect(bound('https://h/r.git#main')).toBeUndefined();
  });
});

it.each([
  ['github.com/o/r', 'https://github.com/o/r'],
  ['https://h/r.git#x:y', 'https://h/r.git#x:y'],
  ['https://h/r.git?ref=x', 'https://h/r.git?ref=x'],
  ['git@h:r', 'git@h:r'],
  ['https://h/r.tar.gz', undefined],
  ['./r.git', undefined],
  ['file:///r.git', undefined],
])('as a build context, %s is %s', (text, address) => {
  expect(gitContext(text)).toBe(address);
});
