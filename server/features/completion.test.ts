import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionItem, TextEdit } from 'vscode-languageserver/node';
import type { HostPackages } from '../host-packages.ts';
import { packages } from './completion/packages.ts';
import { completions } from './completion.ts';
import { listOf } from './completion-list.ts';
import { resolveCompletion } from './completion-resolve.ts';
import { engineLink, marked, NODE_IMAGE, readingOf, testContext, textIn } from './test-reading.test-support.ts';

let context: Awaited<ReturnType<typeof testContext>>;

beforeAll(async () => {
  context = await testContext({
    'src/a.js': 'a',
    'src/b.js': 'b',
    'src/debug.log': 'x',
    'package.json': '{}',
    'two words.txt': '',
    '.dockerignore': '**/*.log\n',
  });
});
afterAll(() => context[Symbol.asyncDispose]());

const FACTS = {
  images: { 'node:22': { ...NODE_IMAGE, users: ['root', 'node', 'cook'] } },
  names: [
    { reference: 'node:22', size: 31_000_000, created: '2026-01-01T00:00:00Z', digest: `sha256:${'d'.repeat(64)}` },
    { reference: 'own/app:1', size: 7, created: '' },
  ],
  registry: {
    'node:23': {
      exists: true,
      ...{ digest: `sha256:${'e'.repeat(64)}`, size: 40_000_000, created: '2026-02-01T00:00:00Z', layers: 4 },
      platforms: ['linux/amd64', 'linux/arm64'],
    },
  },
  registryNames: {
    'node:': ['node:9', 'node:22', 'node:current', 'node:23'],
    'localhost:5000/': ['localhost:5000/team/app'],
    'localhost:5000/app:': ['localhost:5000/app:1'],
  },
} as const;

const HOST = { names: async () => ['rare-tool', 'rarer'] } as unknown as HostPackages;

/** What is offered at `¦`: each label with the text that it replaces, where there is any. */
async function offered(text: string, typed?: string): Promise<CompletionItem[]> {
  const { text: plain, positions } = marked(text);
  const reading = context.reading(plain, FACTS);
  await reading.preview();
  return completions(reading, positions[0]!, new AbortController().signal, typed);
}

async function labels(text: string): Promise<string[]> {
  return (await offered(text)).map(({ label }) => label);
}

/** The line of `¦` after an item was taken. */
async function taken(text: string, label: string): Promise<string> {
  const { text: plain, positions } = marked(text);
  const found = (await offered(text)).find((each) => each.label === label);
  expect(found, `${label} is offered`).toBeDefined();
  const { range, newText } = found!.textEdit as TextEdit;
  const line = plain.split('\n')[positions[0]!.line]!;
  return line.slice(0, range.start.character) + newText + line.slice(range.end.character);
}

describe('completion offers', () => {
  it.each([
    ['instructions', 'FROM a\nWOR¦', 'WORKDIR'],
    ['instructions in lower case', 'from a\nrun¦', 'run'],
    ['instructions in capitals, as the others', 'FROM a\nwor¦', 'WORKDIR'],
    ['small instructions, as the others', 'from a\nrun x\n¦', 'workdir'],
    ['small words behind small instructions', 'from a ¦', 'as'],
    ['small checks', 'from a\nhealthcheck ¦', 'cmd'],
    ['small triggers', 'from a\nonbuild ¦', 'run'],
    ['instructions on an empty line', 'FROM a\n¦', 'COPY'],
    ['a stage before all others', '¦\nFROM a', 'multi-stage'],
    ['snippets', 'FROM a\n¦', 'run-apt'],
    ['instructions behind ONBUILD', 'FROM a\nONBUILD R¦', 'RUN'],
    ['flags behind ONBUILD', 'FROM a\nONBUILD COPY --¦', '--chown='],
    ['directives at the head', '# ¦\nFROM a', 'syntax=docker/dockerfile:1'],
    ['checks to skip', 'FROM a\n# check=skip=¦\nRUN x', 'JSONArgsRecommended'],
    ['rules to ignore', 'FROM a\n# hadolint ignore=DL3006,¦\nRUN x', 'DL3007'],
    ['what a check directive takes', '# check=skip=all;¦\nFROM a', 'error=true'],
    ['what escapes', '# escape=¦\nFROM a', '`'],
    ['frontends', '# syntax=docker¦\nFROM a', 'docker/dockerfile:1'],
    ['the shell of hadolint’s pragma', 'FROM a\n# hadolint shell=¦\nRUN x', 'powershell'],
    ['flags', 'FROM a\nCOPY --¦', '--chown='],
    ['flags where nothing is begun', 'FROM a\nHEALTHCHECK ¦', '--interval='],
    ['images of other stages', 'FROM own:$V AS b\nFROM ¦', 'own:$V'],
    ['images that many start from', 'FROM pyth¦', 'python'],
    ['platforms', 'FROM --platform=¦', '$BUILDPLATFORM'],
    ['values of flags', 'FROM a\nRUN --network=¦', 'none'],
    ['times', 'FROM a\nHEALTHCHECK --interval=¦', '30s'],
    ['booleans', 'FROM a\nADD --unpack=¦', 'true'],
    ['stages in --from', 'FROM a AS tools\nFROM b\nCOPY --from=¦', 'tools'],
    ['stages without a name in --from', 'FROM a\nFROM b\nCOPY --from=¦', '0'],
    ['images in --from', 'FROM b\nCOPY --from=¦', 'own/app:1'],
    ['stages in FROM', 'FROM a AS tools\nFROM ¦', 'tools'],
    ['scratch in FROM', 'FROM ¦', 'scratch'],
    ['images with their tags', 'FROM no¦', 'node:22'],
    ['digests', 'FROM node:22@¦', `node:22@sha256:${'d'.repeat(64)}`],
    ['AS', 'FROM node:22 ¦', 'AS'],
    ['names of stages', 'FROM node:22 AS ¦', 'build'],
    ['keys of mounts', 'FROM a\nRUN --mount=ty¦', 'type='],
    ['types of mounts', 'FROM a\nRUN --mount=type=c¦', 'cache'],
    ['keys of that type', 'FROM a\nRUN --mount=type=tmpfs,¦', 'size='],
    ['directories to cache', 'FROM a\nRUN --mount=type=cache,target=¦', '/root/.npm'],
    ['sharing', 'FROM a\nRUN --mount=type=cache,target=/x,sharing=¦', 'locked'],
    ['stages in mounts', 'FROM a AS tools\nFROM b\nRUN --mount=type=bind,from=¦', 'tools'],
    ['files of the image that a mount is from', 'FROM a\nRUN --mount=from=x,source=¦', '/app'],
    ['targets of other mounts', 'FROM a\nRUN --mount=target=/own x\nRUN --mount=target=¦', '/own'],
    ['files in mounts', 'FROM a\nRUN --mount=type=bind,source=¦', 'package.json'],
    ['variables', 'FROM a\nENV HOME_DIR=/x\nWORKDIR $H¦', 'HOME_DIR'],
    ['variables of the base image', 'FROM node:22\nWORKDIR ${¦', 'NODE_VERSION'],
    ['global arguments in FROM', 'ARG V=1\nFROM a:$¦', 'V'],
    ['what the builder sets in FROM', 'FROM --platform=$¦ a', 'TARGETPLATFORM'],
    ['variables in a shell', 'FROM a\nARG V=1\nRUN make && echo ${¦', 'V'],
    ['variables that a script sets', 'FROM a\nRUN arch="$(arch)" && \\\n  for each in x; do echo $¦', 'arch'],
    ['what loops run over', 'FROM a\nRUN for each in x; do echo $¦', 'each'],
    ['the PATH that every image has', 'FROM a\nENV PATH=/x:$¦', 'PATH'],
    ['variables in heredocs', 'FROM a\nARG V=1\nRUN <<EOF\necho $¦\nEOF', 'V'],
    ['modifiers', 'FROM a\nARG V=1\nENV A=${V:¦}', ':-'],
    ['arguments to declare', 'ARG V=1\nFROM a\nARG ¦', 'V'],
    ['arguments that the builder sets', 'FROM a\nARG TARG¦', 'TARGETARCH'],
    ['files', 'FROM a\nCOPY src/¦', 'a.js'],
    ['folders', 'FROM a\nCOPY ¦', 'src/'],
    ['files on continued lines', 'FROM a\nCOPY package.json \\\n  ¦', 'src/'],
    ['files in JSON', 'FROM a\nCOPY ["src/¦', 'b.js'],
    ['the whole context', 'FROM a\nCOPY ¦', '.'],
    ['the working directory', 'FROM a\nCOPY --from=b /x ¦', '.'],
    ['destinations in JSON', 'FROM a\nCOPY ["package.json","/¦"]', '/app/'],
    ['files with white space in JSON', 'FROM a\nCOPY ["two¦"]', 'two words.txt'],
    ['volumes in JSON', 'FROM a\nVOLUME ["/x", "/¦"]', '/data'],
    ['destinations', 'FROM a\nWORKDIR /srv/shop\nCOPY package.json /¦', '/srv/shop'],
    ['files to exclude', 'FROM a\nCOPY --exclude=¦', 'src/'],
    ['users that were made', 'FROM a\nRUN useradd -m -u 1001 shop\nUSER ¦', 'shop'],
    ['groups that were made', 'FROM a\nRUN addgroup -S --gid 7 staff7\nUSER root:¦', 'staff7'],
    ['the user of the base image', 'FROM node:22\nUSER ¦', 'node'],
    ['the users that the base image has', 'FROM node:22\nUSER ¦', 'cook'],
    ['owners', 'FROM a\nRUN adduser -D shop\nCOPY --chown=¦', 'shop:shop'],
    ['ports', 'FROM a\nEXPOSE 80¦', '8080'],
    ['ports that variables name', 'FROM a\nENV SHOP_PORT=4711\nEXPOSE ¦', '4711'],
    ['protocols', 'FROM a\nEXPOSE 53/¦', 'udp'],
    ['signals', 'FROM a\nSTOPSIGNAL SIG¦', 'SIGQUIT'],
    ['shells', 'FROM a\nSHELL ¦', '["/bin/bash", "-o", "pipefail", "-c"]'],
    ['shells in an array', 'FROM a\nSHELL ["¦"]', '["/bin/zsh", "-c"]'],
    ['labels', 'FROM a\nLABEL org¦', 'org.opencontainers.image.source'],
    ['CMD of HEALTHCHECK', 'FROM a\nHEALTHCHECK ¦', 'NONE'],
    ['the exec form', 'FROM a\nCMD ¦', '["program", "argument"]'],
    ['the exec form in a bracket', 'FROM a\nCMD [¦]', '["program", "argument"]'],
    ['heredocs', 'FROM a\nRUN <¦', '<<EOF'],
    ['heredocs behind flags', 'FROM a\nRUN --mount=type=tmpfs,target=/x <¦', '<<EOF'],
    ['heredocs behind a command', 'FROM a\nRUN python3 <<¦', '<<EOF'],
    ['where a heredoc goes, while no line follows', 'FROM a\nCOPY <<EOF /¦', '/etc/'],
    ['the end of a heredoc', 'FROM a\nRUN <<STOP\necho 1\n¦', 'STOP'],
    ['the root', 'FROM a\nWORKDIR /¦', '/'],
    ['working directories', 'FROM a\nWORKDIR /¦', '/app'],
  ])('%s: %j', async (_what, text, label) => {
    expect(await labels(text)).toContain(label);
  });

  it.each([
    ['in a comment’s text', 'FROM a\n# a=R¦'],
    ['in a heredoc’s text', 'FROM a\nRUN <<EOF\nCO¦\nEOF\n'],
    ['behind a finished word', 'FROM a\nSTOPSIGNAL=¦'],
    ['in the text of a command', 'FROM a\nRUN make all ¦'],
    ['in a comment amid an instruction', 'FROM a\nRUN x \\\n# ¦\n  y'],
    ['behind the only word', 'FROM a\nWORKDIR /x ¦'],
    ['between strings', 'FROM a\nVOLUME [¦]'],
    ['behind a modifier that is whole', 'FROM a\nENV A=${B:-¦}'],
  ])('nothing %s', async (_where, text) => {
    expect(await labels(text)).toEqual([]);
  });

  it('no ignored file, no stage below, no flag that is given, no key twice', async () => {
    expect(await labels('FROM a\nCOPY src/¦')).not.toContain('debug.log');
    expect(await labels('FROM a\nCOPY --from=¦\nFROM b AS later')).not.toContain('later');
    expect(await labels('FROM a\nCOPY --link --¦ a b')).not.toContain('--link');
    expect(await labels('FROM a\nRUN --mount=type=cache,target=/x,¦')).not.toContain('target=');
    expect(await labels('FROM a\nONBUILD ¦')).not.toContain('ONBUILD');
    expect(await labels('FROM a AS build\nFROM b AS ¦')).not.toContain('build');
    expect(await labels('FROM a\nFROM b\nRUN --mount=from=¦')).not.toContain('0');
    expect(await labels('FROM a\nRUN --mount=ta¦,target=/x')).not.toContain('target=');
    expect(await labels('FROM a\nCOPY ¦')).not.toContain('two words.txt');
    expect(await labels('FROM a\nCOPY src /s¦')).not.toContain('src/');
    expect(await labels('ARG A\n¦\nFROM a')).not.toContain('RUN');
    expect(await labels('FROM a\nCOPY --from=b ¦')).not.toContain('./');
  });

  it.each([
    'FROM node:22\nUSER root\nUSER cook\nUSER ¦',
    'FROM a\nCOPY --from=b /x ¦',
    'FROM a\nRUN --mount=type=cache,target=¦',
    'FROM node:22\nFROM ¦',
  ])('nothing twice: %j', async (text) => {
    const all = await labels(text);
    expect(all).toEqual([...new Set(all)]);
  });

  it('nothing by itself behind a # that may stand alone', async () => {
    expect(await offered('#¦\nFROM a', '#')).toEqual([]);
    expect((await offered('# ¦\nFROM a', ' ')).length).toBeGreaterThan(0);
  });
});

describe('what is taken', () => {
  it.each([
    ['FROM a\nRUN --mount=type=cache,tar¦', 'target=', 'RUN --mount=type=cache,target='],
    ['FROM a\nARG V=1\nWORKDIR /${V¦', 'V', 'WORKDIR /${V}'],
    ['FROM a\nARG V=1\nWORKDIR /${V¦}/x', 'V', 'WORKDIR /${V}/x'],
    ['FROM a\nCOPY src/a¦ /x', 'a.js', 'COPY src/a.js /x'],
    ['FROM a\nEXPOSE 53/u¦', 'udp', 'EXPOSE 53/udp'],
    ['FROM a\nSHELL ["¦"]', '["/bin/zsh", "-c"]', 'SHELL ["/bin/zsh", "-c"]'],
    ['FROM a\nWOR¦ /x', 'WORKDIR', 'WORKDIR /x'],
    ['FROM a\nCOPY --cho¦=root a b', '--chown=', 'COPY --chown=root a b'],
    ['FROM a\nCOPY sr¦/a.js /x', 'src/', 'COPY src/a.js /x'],
    ['FROM a\nARG V=1\nENV A=${V¦:-x}', 'V', 'ENV A=${V:-x}'],
    ['FROM a\nARG V=1\nENV A=${¦/x', 'V', 'ENV A=${V}/x'],
    ['FROM a\nCMD [¦]', '["program", "argument"]', 'CMD ["${1:program}", "${2:argument}"]'],
    ['FROM a\nRUN <<"¦"', '<<"EOF"', 'RUN <<"EOF"\n$1\nEOF'],
    ['FROM a\nCOPY <<¦ /etc/x', '<<EOF', 'COPY <<EOF /etc/x'],
    ['FROM a\nCOPY ["src/¦", "/x"]', 'a.js', 'COPY ["src/a.js", "/x"]'],
    ['FROM a\nVOLUME ["/da¦"]', '/data', 'VOLUME ["/data"]'],
    ['FROM a\nUSER root:¦', 'root', 'USER root:root'],
    ['FROM node:22@sha¦', `node:22@sha256:${'d'.repeat(64)}`, `FROM node:22@sha256:${'d'.repeat(64)}`],
  ])('replaces what was begun: %j', async (text, label, line) => {
    expect(await taken(text, label)).toBe(line);
  });

  it('is no heredoc whose name is written out', async () => {
    const items = (await offered('FROM a\nRUN <¦')).filter(({ label }) => label.startsWith('<<'));
    expect(items.map(({ filterText }) => filterText)).toEqual(['<<', '<<"', '<<-']);
  });

  it('replaces within its line only, at the place itself', async () => {
    const { text, positions } = marked('FROM a\nCOPY --chown=ro¦');
    for (const { textEdit } of await offered('FROM a\nCOPY --chown=ro¦')) {
      expect(textIn(text, (textEdit as TextEdit).range)).toBe('ro');
      expect((textEdit as TextEdit).range.end).toEqual(positions[0]);
    }
  });
});

describe('an item that is shown', () => {
  it('is explained: instructions with a link, images with what the engine knows', async () => {
    const engine = engineLink(FACTS);
    const keyword = (await offered('FROM a\nWOR¦')).find(({ label }) => label === 'WORKDIR')!;
    expect(JSON.stringify(await resolveCompletion(keyword, { engine }))).toContain('reference/dockerfile/#workdir');
    const snippet = (await offered('FROM a\n¦')).find(({ label }) => label === 'run-heredoc')!;
    expect((await resolveCompletion(snippet, { engine })).documentation).toEqual({
      kind: 'markdown',
      value: '```dockerfile\nRUN <<EOF\nset -e\necho hello\nEOF\n```',
    });
    const image = (await offered('FROM no¦')).find(({ label }) => label === 'node:22')!;
    expect(JSON.stringify(await resolveCompletion(image, { engine }))).toMatch(
      /31MB, 2 layers.*linux\/amd64.*NODE_VERSION=22/,
    );
    expect(await resolveCompletion({ label: 'x', data: 7 }, { engine })).toEqual({ label: 'x', data: 7 });
  });
});

describe('images of registries', () => {
  it('are offered with their tags, newest first, behind those of the engine', async () => {
    const all = (await offered('FROM node:¦')).filter(({ label }) => label.startsWith('node:'));
    const ordered = all.toSorted((a, b) => (a.sortText ?? '').localeCompare(b.sortText ?? ''));
    expect(ordered.map(({ label }) => label)).toEqual(['node:22', 'node:23', 'node:9', 'node:current']);
    expect(await taken('FROM node:2¦ AS b', 'node:23')).toBe('FROM node:23 AS b');
  });

  it('are asked for only where a registry can tell', async () => {
    expect(await labels('FROM localhost:5000/¦')).toContain('localhost:5000/team/app');
    expect(await labels('FROM localhost:5000/app:¦')).toContain('localhost:5000/app:1');
    expect(await labels('FROM localhost:50¦')).not.toContain('localhost:5000/team/app');
    expect(await labels('FROM nod¦')).not.toContain('node:23');
    expect(await labels('FROM a\nCOPY --from=node:¦')).toContain('node:23');
  });

  it('are offered by digest, and explained with it', async () => {
    expect(await labels('FROM node:23@¦')).toContain(`node:23@sha256:${'e'.repeat(64)}`);
    const item = (await offered('FROM node:¦')).find(({ label }) => label === 'node:23');
    const resolved = await resolveCompletion(item!, { engine: engineLink(FACTS) });
    expect(JSON.stringify(resolved.documentation)).toMatch(
      /40MB compressed, 4 layers.*linux\/arm64.*2026-02.*sha256:e/s,
    );
  });
});

describe('packages', () => {
  it.each([
    ['FROM a\nRUN apt-get update && apt-get install -y ¦', 'curl'],
    ['FROM a\nRUN apt-get update && \\\n  apt-get install -y \\\n    git=1 \\\n    cu¦', 'curl'],
    ['FROM a\nRUN --mount=type=cache,target=/x sudo apt install ¦', 'curl'],
    ['FROM a\nRUN <<EOF\nset -e\napk add --no-cache ¦\nEOF', 'build-base'],
    ['FROM a\nRUN apk add own-tool=1\nRUN apk add ¦', 'own-tool'],
  ])('are offered where they are installed: %j', async (text, name) => {
    expect(await labels(text)).toContain(name);
  });

  it.each([
    'FROM a\nRUN apt-get ¦',
    'FROM a\nRUN apt-get install -¦',
    'FROM a\nRUN apt-get install a && ¦',
    'FROM a\nRUN apt-get install a; echo ¦',
    'FROM a\nRUN echo install ¦',
    'FROM a\nCMD apk add ¦',
  ])('are not elsewhere: %j', async (text) => {
    expect(await labels(text)).not.toContain('curl');
  });

  it('that are written out stay, so that Enter takes no other', async () => {
    expect(await labels('FROM a\nRUN apk add git¦')).toContain('git');
    expect(await labels('FROM a\nRUN apk add zzz¦')).not.toContain('zzz');
  });

  it('that are named already are not offered again, and replace what is typed', async () => {
    expect(await labels('FROM a\nRUN apk add curl ¦')).not.toContain('curl');
    expect(await taken('FROM a\nRUN apk add cu¦ git', 'curl')).toBe('RUN apk add curl git');
    expect(listOf(await offered('FROM a\nRUN apt install ¦')).isIncomplete).toBe(true);
    expect(listOf(await offered('FROM a\nRUN apk add ¦')).isIncomplete).toBe(false);
    expect(listOf(await offered('FROM a\nWOR¦')).isIncomplete).toBe(false);
  });

  it('that this machine knows are offered for apt, by their beginning', async () => {
    const { text, positions } = marked('FROM a\nRUN apt-get install rare-¦');
    const found = await packages(readingOf(text, {}, HOST), positions[0]!, 'apt-get install rare-');
    expect(found?.map(({ label }) => label).filter((label) => label.startsWith('rare'))).toEqual(['rare-tool']);
  });
});
