// What a build takes from elsewhere: ADD of repositories and URLs, and contexts that are addresses.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adviceFor } from '../../core/plan/advice.ts';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import { BuildError } from '../../runtime/build/build-error.ts';
import type { BuildRequest } from '../../runtime/build/builder.ts';
import { RegistryHosts } from '../../runtime/registry/hosts.ts';
import { makeAuthority } from '../harness/authority.ts';
import { type GitServer, startGitServer } from '../harness/git-server.ts';
import { contextFolder } from './build-context.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';
import { startRealDaemon } from './real-daemon.ts';

const run = promisify(execFile);

let ground: BuildGround;
let server: GitServer;
let first: string;
beforeAll(async () => {
  ground = await openBuildGround();
  server = await startGitServer();
  first = await server.commit('app', {
    'a.txt': 'one',
    'bin/tool.sh': '#!/bin/sh\n',
    Dockerfile: 'FROM box\nCOPY a.txt /\n',
  });
  await server.run('app', 'tag', '-a', 'v1', '-m', 'the first');
  await server.commit('app', { 'a.txt': 'two' });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await ground?.[Symbol.asyncDispose]();
});

interface Built {
  /** `path mode uid:gid mtime`, and the text of files. */
  readonly entries: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly diffIds: readonly string[];
  readonly cached: boolean;
}

/** Builds one instruction on scratch. */
async function built(instruction: string, more: Partial<BuildRequest> = {}): Promise<Built> {
  const context = await ground.context({ Dockerfile: `FROM scratch\n${instruction}\n` });
  let cached = false;
  const id = await ground.builder.build({ dockerfile: 'Dockerfile', context, ...more }, ({ kind }) => {
    cached ||= kind === 'cached';
  });
  const { layers } = ground.images.get(id)!;
  const entries: string[] = [];
  const files: Record<string, string> = {};
  for (const { blob } of layers) {
    const reader = new TarReader(await ground.blobs.open(blob));
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      const { name, mode, uid, gid, mtime } = entry;
      entries.push(`${name} ${mode.toString(8)} ${uid}:${gid} ${mtime / 1_000_000_000n}`);
      if (entry.type === 'file') files[`${name}`] = (await reader.readAll()).toString();
    }
  }
  return { entries, files, diffIds: layers.map(({ diffId }) => diffId), cached };
}

const failure = (instruction: string, more: Partial<BuildRequest> = {}): Promise<string> =>
  built(instruction, more).then(
    () => 'it was built',
    (error: Error) => error.message,
  );

describe('ADD of a repository', () => {
  const COMMITTED = Date.parse('2024-05-06T07:08:09Z') / 1000;

  test('brings its files in plain modes with the time of the commit, without .git', async () => {
    expect((await built(`ADD ${server.http}/app.git /src`)).entries.slice(1)).toEqual([
      `src/Dockerfile 644 0:0 ${COMMITTED}`,
      `src/a.txt 644 0:0 ${COMMITTED}`,
      `src/bin 755 0:0 ${COMMITTED}`,
      `src/bin/tool.sh 755 0:0 ${COMMITTED}`,
    ]);
  });

  test('by its own protocol, by a tag, a commit, a branch, a folder, with another owner', async () => {
    await server.commit('app', { 'deep/er/f': 'branched' }, 'other/name');
    await server.run('app', 'checkout', '--quiet', 'main');
    const url = `${server.git}/app`;
    expect((await built(`ADD ${url}#v1 /`)).files['a.txt']).toBe('one');
    expect((await built(`ADD ${url}?tag=v1 /`)).files['a.txt']).toBe('one');
    expect((await built(`ADD ${url}#${first} /`)).files['a.txt']).toBe('one');
    expect((await built(`ADD ${url} /`)).files['a.txt']).toBe('two');
    const folder = await built(`ADD --chown=7:8 ${server.http}/app.git?branch=other/name&subdir=deep/er /d/`);
    expect(folder.files).toEqual({ 'd/f': 'branched' });
    expect(folder.entries.at(-1)).toBe(`d/f 644 7:8 ${COMMITTED}`);
    expect((await built(`ADD --exclude=*.txt ${server.http}/app.git#v1:/ /`)).files).not.toHaveProperty('a.txt');
  });

  test('is cached by its commit: a new one is fetched, an old one is not asked for', async () => {
    const add = `ADD ${server.http}/app.git#main /cached`;
    await built(add);
    expect(await built(add)).toMatchObject({ cached: true });
    await server.commit('app', { 'a.txt': 'three' });
    expect(await built(add)).toMatchObject({ cached: false, files: { 'cached/a.txt': 'three' } });
    const bound = `ADD ${server.http}/app.git#${first} /bound`;
    await built(bound);
    const asked = server.authorizations.length;
    expect(await built(bound)).toMatchObject({ cached: true });
    expect(server.authorizations, 'nobody was asked').toHaveLength(asked);
  });

  test('with --keep-git-dir brings a repository that works, and is the same every time', async () => {
    const add = `ADD --keep-git-dir=true ${server.http}/app.git#v1 /kept`;
    const [one, two] = [await built(add), await built(add, { noCache: true })];
    expect(two.cached).toBe(false);
    expect(two.files).toEqual(one.files);
    expect(two.entries).toEqual(one.entries);
    expect(two.diffIds).toEqual(one.diffIds);
    const image = await ground.builder.build(
      { dockerfile: 'Dockerfile', context: await ground.context({ Dockerfile: `FROM scratch\n${add}\n` }) },
      () => undefined,
    );
    const folder = await ground.context({});
    const { blob } = ground.images.get(image)!.layers[0]!;
    await run('tar', ['-xf', await saved(blob, folder), '-C', folder]);
    const git = async (...args: string[]) =>
      (await run('git', ['-c', 'safe.directory=*', '-C', join(folder, 'kept'), ...args])).stdout.trim();
    expect(await git('rev-parse', 'HEAD')).toBe(first);
    expect(await git('describe', '--tags')).toBe('v1');
    expect(await git('status', '--porcelain')).toBe('');
    expect(await git('remote', 'get-url', 'origin')).toBe(`${server.http}/app.git`);
  });

  test('brings submodules, but none that would be files of this machine', async () => {
    await server.commit('part', { 'p.txt': 'part' });
    await server.commit('whole', {
      '.gitmodules': `[submodule "part"]\n\tpath = part\n\turl = ${server.http}/part.git\n`,
    });
    const part = await server.run('part', 'rev-parse', 'HEAD');
    const link = async (name: string) => {
      await server.run(name, 'update-index', '--add', '--cacheinfo', `160000,${part},part`);
      await server.run(name, 'commit', '--quiet', '-m', 'with a part');
    };
    await link('whole');
    expect((await built(`ADD ${server.http}/whole.git /`)).files).toMatchObject({ 'part/p.txt': 'part' });
    expect((await built(`ADD ${server.http}/whole.git?submodules=false /`)).files).not.toHaveProperty('part/p.txt');
    const outside = (await server.run('part', 'rev-parse', '--show-toplevel')).trim();
    await server.commit('hostile', { '.gitmodules': `[submodule "part"]\n\tpath = part\n\turl = file://${outside}\n` });
    await link('hostile');
    expect(await failure(`ADD ${server.http}/hostile.git /`)).toContain("transport 'file' not allowed");
  });

  test('runs none of what a repository or this machine would have run', async () => {
    const mark = join(ground.root, 'mark');
    const home = await ground.context({
      '.gitconfig': `[core]\n\tsshCommand = touch ${mark}\n\tfsmonitor = touch ${mark}\n`,
    });
    await server.commit('hooks', { '.gitattributes': '* filter=evil\n', f: 'x' });
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      await built(`ADD ${server.http}/hooks.git /`);
    } finally {
      process.env.HOME = before;
    }
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each([
    ['ADD https://h/r.git#--upload-pack=id /', 'its ref begins with a dash'],
    ['ADD ssh://-oProxyCommand=id/r /', 'its host begins with a dash'],
    ['ADD file:///etc/passwd /', 'file not found in build context'],
  ])('%s is refused', async (instruction, message) => {
    expect(await failure(instruction)).toContain(message);
  });

  test('tells what is not there at the line of the instruction', async () => {
    const missing = `ADD ${server.http}/app.git#nope /`;
    await expect(built(missing)).rejects.toMatchObject({
      code: 'git-ref-missing',
      message: `ADD failed: ${server.http}/app.git has no branch, tag or commit nope: commits are named in full, by 40 digits`,
      range: { start: { line: 1 } },
    });
    expect(await failure(`ADD ${server.http}/app.git#v1:no/such /`)).toContain('has no folder no/such');
    expect(await failure(`ADD ${server.http}/none.git /`)).toContain(`failed to fetch ${server.http}/none.git`);
    const wrong = `ADD --checksum=${'0'.repeat(40)} ${server.http}/app.git#v1 /`;
    expect(await failure(wrong)).toContain(`v1 of ${server.http}/app.git is commit ${first}, not 0000`);
    for (const instruction of [missing, `ADD ${server.http}/none.git /`, `ADD ${server.http}/app.git#v1:no /`, wrong]) {
      const error = await built(instruction).catch((failed: unknown) => failed);
      expect(error).toBeInstanceOf(BuildError);
      expect(adviceFor((error as BuildError).code), instruction).toMatch(/\w/);
    }
  });

  test('shows a token of the build to the server that the address names', async () => {
    const secrets = new Map([['GIT_AUTH_TOKEN', Buffer.from('correct-horse')]]);
    await built(`ADD ${server.http}/app.git /token`, { secrets, noCache: true });
    const basic = `basic ${Buffer.from('x-access-token:correct-horse').toString('base64')}`;
    expect(server.authorizations.at(-1)).toBe(basic);
  });

  test('by SSH uses the agent of the build, and no key of this machine', async () => {
    const folder = await ground.context({});
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
    await using guarded = await startGitServer(await readFile(join(folder, 'key.pub'), 'utf8'));
    await guarded.commit('secret', { f: 'behind a door' });
    const socket = join(folder, 'agent');
    const { stdout } = await run('ssh-agent', ['-a', socket]);
    try {
      await run('ssh-add', ['-q', join(folder, 'key')], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      const add = `ADD ${guarded.ssh}/secret /`;
      expect((await built(add, { sshAgents: new Map([['default', socket]]) })).files).toEqual({ f: 'behind a door' });
      expect(await failure(add)).toContain('Permission denied');
    } finally {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(stdout)?.[1]));
    }
  });
});

/** Writes a blob into a file of the folder. */
async function saved(blob: Parameters<BuildGround['blobs']['open']>[0], folder: string): Promise<string> {
  const path = join(folder, 'layer.tar');
  await writeFile(path, await buffer(await ground.blobs.open(blob)));
  return path;
}

interface FileServer extends AsyncDisposable {
  readonly host: string;
  readonly requests: string[];
}

async function fileServer(
  answer: RequestListener,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<FileServer> {
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  };
  const web = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await once(web.listen(0, '127.0.0.1'), 'listening');
  return {
    host: `127.0.0.1:${(web.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      web.closeAllConnections();
      await new Promise((done) => web.close(done));
    },
  };
}

describe('ADD of a URL', () => {
  test('is cached by its content, which comes again only where the server says that it changed', async () => {
    let text = 'one';
    await using files = await fileServer((request, response) => {
      const etag = `"${text}"`;
      if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
      response.setHeader('ETag', etag).setHeader('Last-Modified', 'Mon, 06 May 2024 07:08:09 GMT').end(text);
    });
    const add = `ADD http://${files.host}/f /`;
    const one = await built(add);
    expect(one).toMatchObject({ cached: false, files: { f: 'one' } });
    expect(one.entries).toEqual([`f 600 0:0 ${Date.parse('2024-05-06T07:08:09Z') / 1000}`]);
    expect(await built(add)).toMatchObject({ cached: true, diffIds: one.diffIds });
    text = 'two';
    expect(await built(add)).toMatchObject({ cached: false, files: { f: 'two' } });
  });

  test('with a checksum is not asked for where it is cached, and refused where it is another', async () => {
    await using files = await fileServer((_request, response) => void response.end('text'));
    const digest = createHash('sha256').update('text').digest('hex');
    const add = `ADD --checksum=sha256:${digest} http://${files.host}/f /`;
    expect(await built(add)).toMatchObject({ files: { f: 'text' } });
    expect(await built(add)).toMatchObject({ cached: true });
    expect(files.requests).toEqual(['GET /f']);
    const wrong = `ADD --checksum=sha256:${'0'.repeat(64)} http://${files.host}/f /`;
    expect(await failure(wrong)).toBe(
      `ADD failed: http://${files.host}/f: its digest is sha256:${digest}, not sha256:${'0'.repeat(64)}`,
    );
  });

  test('unpacks an archive with --unpack only', async () => {
    const tar = await buffer(pack([{ entry: tarEntry({ name: 'in', size: 2 }), content: Buffer.from('hi') }]));
    await using files = await fileServer((_request, response) => void response.end(gzipSync(tar)));
    expect((await built(`ADD http://${files.host}/x.tgz /d/`)).entries.at(-1)).toMatch(/^d\/x\.tgz /);
    expect((await built(`ADD --unpack=true http://${files.host}/x.tgz /d/`)).files).toEqual({ 'd/in': 'hi' });
  });

  test('goes through the proxy that the engine was given, and trusts whom certs.d names', async () => {
    await using authority = await makeAuthority();
    const { certificate, key } = await authority.vouch('DNS:files.example');
    const tls = { key: await readFile(key), cert: await readFile(certificate) };
    await using files = await fileServer((_request, response) => void response.end('through'), tls);
    await using proxy = await tunnel('files.example:443', files.host);
    const env = { HTTPS_PROXY: proxy.url };
    const certificates = await ground.context({});
    const hosts = () => new RegistryHosts({ mirrors: [], insecureRegistries: [], certificates: [certificates], env });
    try {
      ground.http.open = () => hosts().openForFiles();
      const add = 'ADD https://files.example/f /';
      expect(await failure(add)).toContain("put its authority's certificate into /etc/docker/certs.d/files.example");
      await mkdir(join(certificates, 'files.example'));
      await run('cp', [authority.certificate, join(certificates, 'files.example/ca.crt')]);
      expect((await built(add)).files).toEqual({ f: 'through' });
    } finally {
      ground.http.open = undefined;
    }
  });

  test('tells what the server answered', async () => {
    await using files = await fileServer((_request, response) => void response.writeHead(404).end());
    expect(await failure(`ADD http://${files.host}/f /`)).toBe(
      `ADD failed: http://${files.host}/f: the server answered 404 Not Found`,
    );
  });
});

/** A proxy that leads connections for one address to another. */
async function tunnel(from: string, to: string): Promise<AsyncDisposable & { readonly url: string }> {
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    expect(request.url).toBe(from);
    const [host = '', port = ''] = to.split(':');
    const there = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    there.pipe(socket).pipe(there);
    for (const each of [there, socket]) each.on('error', () => undefined);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      await new Promise((done) => proxy.close(done));
    },
  };
}

test('a repository behind TLS is reached through the proxy, and trusted where certs.d or SSL_CERT_FILE names its authority', async () => {
  await using authority = await makeAuthority();
  const { certificate, key } = await authority.vouch('DNS:git.example');
  const secure = await startGitServer(undefined, { key: await readFile(key), cert: await readFile(certificate) });
  await using _secure = secure;
  await secure.commit('app', { 'a.txt': 'encrypted' });
  await using proxy = await tunnel('git.example:443', secure.http.slice('https://'.length));
  const certificates = await ground.context({});
  const before = { ...ground.reach };
  const add = 'ADD https://git.example/app.git /';
  try {
    ground.reach.env = { ...process.env, HTTPS_PROXY: proxy.url };
    ground.reach.certificates = [certificates];
    const refused = await failure(add);
    expect(refused).toMatch(/certificate/i);
    expect(refused).toContain(`put its authority's certificate into ${certificates}/git.example, as a file *.crt`);
    // One for another host does not count.
    await mkdir(join(certificates, 'other.example'));
    await run('cp', [authority.certificate, join(certificates, 'other.example/ca.crt')]);
    expect(await failure(add)).toBe(refused);
    await mkdir(join(certificates, 'git.example'));
    await run('cp', [authority.certificate, join(certificates, 'git.example/ca.crt')]);
    expect((await built(add)).files).toEqual({ 'a.txt': 'encrypted' });
    await secure.commit('app', { 'a.txt': 'again' });
    ground.reach.certificates = [];
    ground.reach.env = { ...ground.reach.env, SSL_CERT_FILE: authority.certificate };
    expect((await built(add)).files).toEqual({ 'a.txt': 'again' });
    // A certificate for another name is none, whoever vouches for it.
    ground.reach.env = { ...process.env, SSL_CERT_FILE: authority.certificate };
    expect(await failure(`ADD ${secure.http}/app.git /`)).toMatch(/SSL|certificate/i);
  } finally {
    Object.assign(ground.reach, before);
  }
});

describe('a context that is an address', () => {
  test('builds a repository, an archive or a Dockerfile, by POST /build, lapstrake build and docker build', async () => {
    await using daemon = await startRealDaemon();
    await server.commit('remote', { 'sub/Dockerfile': 'FROM scratch\nCOPY f /\n', 'sub/f': 'x' });
    const dockerfile = 'FROM scratch\nLABEL only=dockerfile\n';
    const tar = await buffer(
      pack([
        { entry: tarEntry({ name: 'Other', size: 26 }), content: Buffer.from('FROM scratch\nCOPY f /tar\n\n') },
        { entry: tarEntry({ name: 'f', size: 1, mtime: 10n ** 18n }), content: Buffer.from('y') },
      ]),
    );
    await using files = await fileServer((request, response) => {
      response.end(
        request.url === '/Dockerfile' ? dockerfile : request.url === '/x.tgz' ? gzipSync(tar) : Buffer.alloc(9),
      );
    });
    const history = async (name: string): Promise<string> =>
      (await daemon.docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', name)).stdout;
    const git = `${server.http}/remote.git#main:sub`;
    expect(await daemon.lapstrake('build', '-t', 'one', git)).toMatchObject({ code: 0 });
    expect(await history('one')).toContain('COPY f /');
    expect(await daemon.lapstrake('build', '-t', 'two', '-f', 'Other', `http://${files.host}/x.tgz`)).toMatchObject({
      code: 0,
    });
    expect(await history('two')).toContain('COPY f /tar');
    expect(await daemon.lapstrake('build', '-t', 'three', `http://${files.host}/Dockerfile`)).toMatchObject({
      code: 0,
    });
    expect(await history('three')).toContain('LABEL only=dockerfile');
    const created = async (name: string): Promise<string> =>
      (await daemon.docker('inspect', '-f', '{{.Created}}', name)).stdout.trim();
    const dated = ['--build-arg', 'SOURCE_DATE_EPOCH=context', '-t', 'dated'];
    expect(await daemon.lapstrake('build', ...dated, git)).toMatchObject({ code: 0 });
    const committed = await server.run('remote', 'log', '-1', '--format=%cI');
    expect(Date.parse(await created('dated'))).toBe(Date.parse(committed.trim()));
    expect(await daemon.lapstrake('build', ...dated, '-f', 'Other', `http://${files.host}/x.tgz`)).toMatchObject({
      code: 0,
    });
    expect(await created('dated')).toBe('2001-09-09T01:46:40Z');
    const post = async (remote: string): Promise<string> => {
      const url = `http://x/build?${new URLSearchParams({ remote, t: 'four' })}`;
      return (await run('curl', ['-s', '-X', 'POST', '--unix-socket', daemon.socket, url])).stdout;
    };
    expect(await post(git)).toContain('Successfully tagged four:latest');
    expect(await post(`http://${files.host}/nothing`)).toContain('it is neither a tar archive nor a Dockerfile');
    expect(await post('file:///etc/passwd')).toContain('file:///etc/passwd is no build context');
    expect(await post('https://h/r.git#--upload-pack=x')).toContain('its ref begins with a dash');

    await using context = await contextFolder({ f: 'z' });
    const piped = (input: Buffer | string, ...words: string[]) => daemon.lapstrakeWith(input, 'build', ...words);
    expect(await piped(dockerfile, '-t', 'five', '-')).toMatchObject({ code: 0 });
    expect(await piped(gzipSync(tar), '-t', 'six', '-f', 'Other', '-')).toMatchObject({ code: 0 });
    expect(await piped('FROM scratch\nCOPY f /seven\n', '-t', 'seven', '-f', '-', context.path)).toMatchObject({
      code: 0,
    });
    expect(await history('seven')).toContain('COPY f /seven');
    expect(await piped('', '-')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the standard input is empty'),
    });
    expect(await daemon.stop()).toEqual([]);
  });
});
