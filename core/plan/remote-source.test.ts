import { describe, expect, it } from 'vitest';
import { remoteSource } from './remote-source.ts';

describe('a source of ADD', () => {
  it.each([
    ['https://example.com/a/b.tar.gz?x=1#y', 'url', 'b.tar.gz'],
    ['http://example.com', 'url', '__unnamed__'],
    ['https://example.com/a%20b', 'url', 'a b'],
    ['https://github.com/org/repo.git', 'git', undefined],
    ['https://github.com/org/repo.git#main:sub', 'git', undefined],
    ['git@github.com:org/repo.git', 'git', undefined],
    ['ssh://git@host/repo', 'git', undefined],
  ])('%s is a %s', (source, kind, fileName) => {
    expect(remoteSource(source)).toMatchObject({ kind, ...(fileName !== undefined && { fileName }) });
  });

  it.each(['./a', 'github.com/org/repo', 'a:b', 'httpx/y'])('%s is a path', (source) => {
    expect(remoteSource(source)).toBeUndefined();
  });
});
