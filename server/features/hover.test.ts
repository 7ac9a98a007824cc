import { describe, expect, it } from 'vitest';
import { hover } from './hover.ts';
import { marked, NODE_IMAGE, readingOf, textIn } from './test-reading.test-support.ts';

const REGISTRY = {
  'far:1': {
    exists: true,
    ...{ digest: `sha256:${'e'.repeat(64)}`, size: 40_000_000, created: '', layers: 4 },
    platforms: ['linux/arm64'],
  },
  'lost:1': { exists: false, tags: [] },
} as const;

/** What is told at `¦`, and of which words. */
async function told(text: string): Promise<{ readonly words: string; readonly text: string } | undefined> {
  const { text: plain, positions } = marked(text);
  const reading = readingOf(plain, { images: { 'node:22': NODE_IMAGE }, registry: REGISTRY });
  await reading.preview();
  const found = await hover(reading, positions[0]!, new AbortController().signal);
  return found && { words: textIn(plain, found.range!), text: JSON.stringify(found.contents) };
}

describe('hovering', () => {
  it.each([
    ['FROM a\nWORK¦DIR /x', 'WORKDIR', /WORKDIR PATH.*#workdir/],
    [
      'FROM node¦:22',
      'node:22',
      /31MB, 2 layers.*linux\/amd64.*created 2026.*user node.*layers 30MB, 1MB.*NODE_VERSION=22/s,
    ],
    ['FROM gone¦:1', 'gone:1', /not pulled yet"/],
    ['FROM far¦:1', 'far:1', /not pulled yet: 40MB compressed, 4 layers.*linux\/arm64.*sha256:e/s],
    ['FROM lost¦:1', 'lost:1', /not in its registry/],
    ['FROM scr¦atch', 'scratch', /no files/],
    ['FROM a AS al¦one', 'alone', /0 instructions, named nowhere else/],
    ['FROM a AS b¦ase\nFROM base', 'base', /Stage \*\*base\*\*, from `a`.*used once/],
    ['FROM a\nFROM b\nCOPY --from=0¦ /a /b', '0', /Stage \*\*0\*\*, from `a`/],
    ['FROM b\nCOPY --from=node¦:22 /a /b', 'node:22', /31MB/],
    ['FROM a AS x\nFROM b\nRUN --mount=type=bind,from=x¦ y', 'x', /Stage \*\*x\*\*/],
    ['FROM a\nCOPY --cho¦wn=1 a b', '--chown=1', /`--chown` Owner.*#copy---chown/],
    ['FROM a\nRUN --mount=type=ca¦che,target=/x y', 'cache', /outlives the build/],
    ['FROM a\nRUN --mount=type=cache,tar¦get=/x y', 'target', /Where the command finds it/],
    ['FROM a\nRUN --mount=type=ca¦che,target=/x y', 'cache', /#run---mounttypecache/],
    ['FROM a\nRUN --mount=from=node¦:22,target=/x y', 'node:22', /31MB/],
    ['FROM --plat¦form=linux/arm64 a', '--platform=linux/arm64', /dockerfile\/#from\)/],
    ['FROM a\nHEALTHCHECK --inter¦val=5s CMD x', '--interval=5s', /dockerfile\/#healthcheck\)/],
    ['FROM a\nMAINT¦AINER x', 'MAINTAINER', /#maintainer-deprecated/],
    ['ARG T=x\nFROM a AS s-x\nRUN y\nFROM s¦-$T', 's-$T', /Stage \*\*s-x\*\*, from `a`.*1 instruction,/],
    ['FROM a\nEXPOSE 54¦32', '5432', /PostgreSQL.*publishes/],
    ['FROM a\nSTOPSIGNAL SIGQ¦UIT', 'SIGQUIT', /nginx/],
    ['FROM a\nLABEL org.opencontainers.image.source¦=x', 'org.opencontainers.image.source', /Where its source is/],
    ['# syntax=docker/dock¦erfile:1\nFROM a', '# syntax=docker/dockerfile:1', /frontend/],
    ['FROM a\nONBUILD COPY --fr¦om=b a b', '--from=b', /earlier stage/],
  ])('%j tells of %s', async (text, words, expected) => {
    const found = await told(text);
    expect(found?.words).toBe(words);
    expect(found?.text).toMatch(expected);
  });

  it.each([
    ['a value, and who set it', 'FROM a\nENV A=1\nWORKDIR /$A¦', '$A', /A=1.*Set by ENV, line 2/],
    [
      'a value of the base image',
      'FROM node:22\nRUN echo $NODE_¦VERSION',
      '$NODE_VERSION',
      /NODE_VERSION=22.*base image/,
    ],
    ['a default that a build may set', 'ARG V=1\nFROM a:${V¦}', '${V}', /V=1.*line 1.*--build-arg/],
    ['what a modifier makes of it', 'FROM a\nENV A=\nWORKDIR /${A:-¦x}', '${A:-x}', /A=.*`:-`.*Here: `x`/s],
    [
      'nothing of what is not known',
      'FROM a\nWORKDIR /${N:-¦x}',
      '${N:-x}',
      /not known\\n\\n`:-` This, where the variable is not set or empty."/,
    ],
    ['that it comes to nothing', 'FROM node:22\nWORKDIR /${N#¦x}', '${N#x}', /Here: nothing/],
    ['a pattern in a shell', 'FROM a\nENV F=a.tar.gz\nRUN echo "${F%%.*¦}"', '${F%%.*}', /Here: `a`/],
    ['that a script changes it', 'FROM a\nENV V=1\nRUN V=2; echo $V¦', '$V', /V=1.*This script gives it values/],
    ['a pattern', 'FROM a\nENV F=a.tar.gz\nENV B=${F%.*¦}', '${F%.*}', /Here: `a\.tar`/],
    ['that there is none', 'FROM node:22\nWORKDIR /$NO¦NE', '$NONE', /no value here/],
    ['that only the base image may set it', 'FROM a AS b\nFROM b\nWORKDIR /$NO¦NE', '$NONE', /whether `a` sets it/],
    [
      'that a stage does not have it',
      'ARG V=1\nFROM node:22\nRUN echo $V¦',
      '$V',
      /`V` has no value here.*line 1, reaches a stage only where it declares `ARG V`/,
    ],
    [
      'the same of what the builder sets',
      'FROM a\nENV A=$TARGETARCH¦',
      '$TARGETARCH',
      /builder.*declares `ARG TARGETARCH`/,
    ],
    ['what it takes from above', 'ARG V=1\nFROM a\nARG V¦', 'V', /V=1.*Default of ARG, line 1/],
    ['what it takes from the builder', 'FROM a\nARG TARGETOS¦', 'TARGETOS', /TARGETOS=linux.*Set by the builder/],
    ['what a stage is named by', 'ARG T=x\nFROM a AS s-x\nENV A=1\nFROM s-$T\nENV B=$A¦', '$A', /A=1/],
    ['that every image has a PATH', 'FROM a\nENV PATH=/x:$PATH¦', '$PATH', /value that the base image sets/],
    ['what is put before it', 'FROM a\nENV PATH=/x:$PATH\nENV B=$PATH¦', '$PATH', /PATH=\/x:\$PATH/],
    ['that the build gives it', 'FROM a\nARG V\nWORKDIR /$V¦', '$V', /the build gives it/],
    ['what it is set to', 'FROM a\nENV A=1\nENV B¦=$A-2', 'B', /B=1-2/],
    [
      'what the builder sets',
      'FROM a\nARG TARGETARCH\nRUN echo $TARGETARCH¦',
      '$TARGETARCH',
      /Architecture of the target/,
    ],
    ['the inner one', 'FROM a\nENV A=1\nENV B=${C:-$A¦}', '$A', /A=1/],
  ])('a variable tells %s: %j', async (_what, text, words, expected) => {
    const found = await told(text);
    expect(found?.words).toBe(words);
    expect(found?.text).toMatch(expected);
  });

  it('tells nothing of comments, blank lines and plain words', async () => {
    expect(await told('# a¦b\nFROM a')).toBeUndefined();
    expect(await told('FROM a\n¦\nRUN x')).toBeUndefined();
    expect(await told('FROM a\nRUN ma¦ke')).toBeUndefined();
  });

  it('tells nothing of variables that a shell sets itself', async () => {
    expect(await told('FROM a\nRUN arch="$(arch)"; case "${arch¦##*-}" in x) ;; esac')).toBeUndefined();
    expect(await told('ARG V=1\nFROM a\nRUN for V in 1 2; do echo $V¦; done')).toBeUndefined();
    expect(await told('ARG V=1\nFROM a\nRUN <<E\nV=2\necho $V¦\nE')).toBeUndefined();
  });
});
