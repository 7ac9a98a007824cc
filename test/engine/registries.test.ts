import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestRegistry } from '../../runtime/registry/registry.test-support.ts';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import {
  type DockerRegistry,
  type DockerRegistryOptions,
  startDockerRegistry,
} from '../../scripts/fixtures/docker-registry.mjs';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { type Authority, makeAuthority } from '../harness/authority.ts';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { IDENTITY, ISSUER, SERVICE, startTokenServer, type TokenServer } from '../harness/token-server.ts';
import { okay } from './okay.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

// Debian's docker-registry in all its ways: plain, with a password, with tokens, with certificates.
const missing = (await Promise.all(['docker-registry', 'openssl', 'docker'].map(findProgram))).includes(undefined);

/** `ann` with the password `secret`, as htpasswd writes it. */
const HTPASSWD = 'ann:$2y$05$aJoBK2czS9bOt9rXulxvZ.WHlKkzqz63kgqlVfd4JkXUIubgMivim\n';

let folder: string;
let authority: Authority;
let base: BaseImages;
let daemon: RealDaemon;
let tokens: TokenServer;
const registries: Record<string, DockerRegistry> = {};

const host = (name: string): string => new URL(registries[name]!.url).host;

async function start(name: string, options: DockerRegistryOptions = {}): Promise<void> {
  const registry = await startDockerRegistry(0, options);
  if (registry === undefined) throw new Error('docker-registry is gone');
  registries[name] = registry;
}

const ok = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));

/** The line that a push ends with tells the digest. */
function digestIn(output: string): string {
  return /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1] ?? 'none';
}

/** Builds an image of its own, on a base that came from a registry. */
async function build(name: string, content: string): Promise<void> {
  const context = await mkdtemp(join(folder, 'context-'));
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nCOPY file /file\nRUN echo more > /more\n');
  await writeFile(join(context, 'file'), content);
  await ok('build', '-q', '-t', name, context);
}

beforeAll(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-registries-'));
  process.env.DOCKER_CONFIG = join(folder, 'docker');
  authority = await makeAuthority();
  base = await prepareBaseImages({ images: ['busybox'] });
  const own = await authority.vouch('IP:127.0.0.1');
  tokens = await startTokenServer(own);
  const tls = `certificate: "${own.certificate}", key: "${own.key}"`;
  await start('plain');
  await start('basic', { htpasswd: HTPASSWD });
  await start('token', {
    more: `auth: { token: { realm: "${tokens.realm}", service: "${SERVICE}", issuer: "${ISSUER}", rootcertbundle: "${own.certificate}" } }\n`,
  });
  await start('tls', { http: `, tls: { ${tls} }` });
  await start('mutual', { http: `, tls: { ${tls}, clientcas: ["${authority.certificate}"] }` });
  const elsewhere = join(folder, 'no-docker-config');
  daemon = await startRealDaemon(['--registry-mirror', base.registryUrl], async (launch) => ({
    ...launch,
    env: { ...launch.env, XDG_CONFIG_HOME: join(folder, 'config'), DOCKER_CONFIG: elsewhere },
  }));
  await build('own:v1', 'one');
});

afterAll(async () => {
  if (missing) return;
  const left = await daemon?.stop();
  for (const registry of Object.values(registries)) await registry.stop();
  await tokens?.[Symbol.asyncDispose]();
  await base?.stop();
  await authority?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

test('the programs that these tests need are here', ({ skip }) => {
  if (missing) skip('docker-registry, openssl or docker is not here');
  expect(Object.keys(registries)).toHaveLength(5);
});

describe.skipIf(missing)('a plain registry', () => {
  test('takes an image, and gives it back the same, by tag and by digest', async () => {
    const name = `${host('plain')}/team/own:v1`;
    await ok('tag', 'own:v1', name);
    const pushed = digestIn(await ok('push', name));
    const id = await ok('inspect', '-f', '{{.Id}}', name);
    expect(await ok('inspect', '-f', '{{json .RepoDigests}}', name)).toContain(`${host('plain')}/team/own@${pushed}`);
    await ok('rmi', 'own:v1', name);
    expect(await ok('pull', name)).toContain(`Digest: ${pushed}`);
    expect(await ok('inspect', '-f', '{{.Id}}', name)).toBe(id);
    const byDigest = `${host('plain')}/team/own@${pushed}`;
    await ok('rmi', name);
    await ok('pull', byDigest);
    expect(await ok('run', '--rm', byDigest, 'cat', '/file', '/more')).toBe('onemore');
    await ok('tag', byDigest, 'own:v1');
    await ok('tag', byDigest, name);
  });

  test('mounts what another repository has, and is not sent what is there', async () => {
    const other = `${host('plain')}/other/own:v1`;
    await ok('tag', 'own:v1', other);
    const first = await ok('push', other);
    expect(first.match(/: Mounted from team\/own$/gm)).toHaveLength(3);
    const again = await ok('push', other);
    expect(again.match(/: Layer already exists$/gm)).toHaveLength(3);
    expect(digestIn(again)).toBe(digestIn(first));
  });

  test('takes all tags, and gives them', async () => {
    const repository = `${host('plain')}/many/own`;
    await build('own:v2', 'two');
    await ok('tag', 'own:v1', `${repository}:v1`);
    await ok('tag', 'own:v2', `${repository}:v2`);
    expect((await ok('push', '-a', repository)).match(/^v[12]: digest: /gm)).toHaveLength(2);
    await ok('rmi', `${repository}:v1`, `${repository}:v2`);
    await ok('pull', '-a', repository);
    expect((await ok('images', '--format', '{{.Tag}}', repository)).split('\n').sort()).toEqual(['v1', 'v2']);
  });

  test('is looked into without a pull, and searched', async () => {
    await ok('push', `${host('plain')}/team/own:v1`);
    const manifest = JSON.parse(await ok('manifest', 'inspect', '--insecure', `${host('plain')}/team/own:v1`));
    expect(manifest.layers).toHaveLength(3);
    const found = await ok('search', '--format', '{{.Name}}', `${host('plain')}/own`);
    expect(found.split('\n')).toContain(`${host('plain')}/team/own`);
  });

  test('refuses a push of what is not here in docker’s words', async () => {
    const none = await daemon.docker('push', `${host('plain')}/team/none:v1`);
    expect(none.stderr).toContain(`An image does not exist locally with the tag: ${host('plain')}/team/none`);
    const tag = await daemon.docker('push', `${host('plain')}/team/own:none`);
    expect([tag.code, tag.stderr.trim()]).toEqual([1, `tag does not exist: ${host('plain')}/team/own:none`]);
  });

  test('and skopeo have the same digests, in both directions and in every compression', async ({ skip }) => {
    if ((await findProgram('skopeo')) === undefined) skip('skopeo is not here');
    const skopeo = async (...args: readonly string[]): Promise<string> => okay(await command('skopeo', args));
    const ours = `docker://${host('plain')}/team/own:v1`;
    const pushed = digestIn(await ok('push', `${host('plain')}/team/own:v1`));
    expect(await skopeo('inspect', '--tls-verify=false', '-f', '{{.Digest}}', ours)).toBe(pushed);
    const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    for (const kind of ['gzip', 'zstd']) {
      const copied = `${host('plain')}/skopeo/${kind}:v1`;
      const format = ['--dest-compress-format', kind, '--dest-force-compress-format', '-f', 'oci'];
      const isNew = okay(await command('skopeo', ['copy', '--help'])).includes('--dest-force-compress-format');
      const chosen = isNew ? format : format.filter((word) => word !== '--dest-force-compress-format');
      const layout = `dir:${join(folder, `dir-${kind}`)}`;
      await skopeo('copy', '--src-tls-verify=false', '--dest-decompress', ours, layout);
      await skopeo('copy', '--dest-tls-verify=false', ...chosen, layout, `docker://${copied}`);
      const digest = await skopeo('inspect', '--tls-verify=false', '-f', '{{.Digest}}', `docker://${copied}`);
      expect(await ok('pull', copied)).toContain(`Digest: ${digest}`);
      expect(await ok('run', '--rm', copied, 'cat', '/file')).toBe('one');
      const back = `${host('plain')}/back/${kind}:v1`;
      await ok('tag', copied, back);
      await skopeo(
        'copy',
        ...tls,
        `docker://${back.replace('/back/', '/skopeo/')}`,
        `docker://${host('plain')}/third/${kind}:v1`,
      );
      await ok('push', back);
    }
  });
});

describe.skipIf(missing)('a registry that asks for a password', () => {
  test('lets in whom it knows, by docker login and by lapstrake login', async () => {
    const name = `${host('basic')}/team/own:v1`;
    await ok('tag', 'own:v1', name);
    const refused = await daemon.docker('push', name);
    expect([refused.code, refused.stderr.trim()]).toEqual([1, 'no basic auth credentials']);
    const wrong = await daemon.docker('login', '-u', 'ann', '-p', 'wrong-secret', host('basic'));
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('unauthorized: incorrect username or password');
    expect(await ok('login', '-u', 'ann', '-p', 'secret', host('basic'))).toContain('Login Succeeded');
    await ok('push', name);
    await ok('rmi', name);
    await ok('pull', name);
    await ok('logout', host('basic'));
    expect((await daemon.docker('pull', `${host('basic')}/team/none`)).stderr).toContain('pull access denied');

    const ours = await daemon.lapstrake('login', '-u', 'ann', '-p', 'secret', host('basic'));
    expect(okay(ours)).toBe('Login Succeeded');
    expect(JSON.parse(await readFile(join(folder, 'docker/config.json'), 'utf8')).auths[host('basic')]).toEqual({
      auth: btoa('ann:secret'),
    });
    expect(okay(await daemon.lapstrake('push', name))).toMatch(/: Layer already exists\nv1: digest: sha256:/);
    expect(okay(await daemon.lapstrake('pull', name))).toContain('Status: Image is up to date');
    expect(okay(await daemon.lapstrake('logout', host('basic')))).toBe(
      `Removing login credentials for ${host('basic')}`,
    );
    expect(okay(await daemon.lapstrake('logout', host('basic')))).toBe(`Not logged in to ${host('basic')}`);
    expect((await daemon.lapstrake('push', name)).code).toBe(1);
  });

  test('is given the account that a credential helper keeps', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(
      join(bin, 'docker-credential-test'),
      `#!/bin/sh
[ "$1" = get ] || exit 1
read server
[ "$server" = "${host('basic')}" ] || { echo "credentials not found in native keychain"; exit 1; }
echo '{"ServerURL":"'$server'","Username":"ann","Secret":"secret"}'
`,
    );
    await chmod(join(bin, 'docker-credential-test'), 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${bin}:${before}`;
    try {
      await writeFile(join(folder, 'docker/config.json'), JSON.stringify({ credHelpers: { [host('basic')]: 'test' } }));
      expect(okay(await daemon.lapstrake('push', `${host('basic')}/team/own:v1`))).toContain('v1: digest: ');
    } finally {
      process.env.PATH = before;
      await rm(join(folder, 'docker/config.json'));
    }
  });

  test('is given the engine’s own account by a client that has none', async () => {
    const own = join(folder, 'no-docker-config');
    await mkdir(own);
    const auths = { [host('basic')]: { auth: btoa('ann:secret') } };
    await writeFile(join(own, 'config.json'), JSON.stringify({ auths }));
    await ok('push', `${host('basic')}/team/own:v1`);
    await rm(own, { recursive: true });
  });

  test('is never told of in the log', () => {
    expect(daemon.log()).not.toContain('secret');
    expect(daemon.log()).not.toContain(btoa('ann:secret'));
  });
});

describe.skipIf(missing)('a registry that asks for tokens', () => {
  test('is open to everybody where the token server says so, and to others by an account', async () => {
    const open = `${host('token')}/open/own:v1`;
    const closed = `${host('token')}/team/own:v1`;
    for (const name of [open, closed]) await ok('tag', 'own:v1', name);
    const refused = await daemon.docker('push', open);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^(denied|unauthorized): /m);
    expect(await ok('login', '-u', 'ann', '-p', 'secret', host('token'))).toContain('Login Succeeded');
    await ok('push', open);
    expect(await ok('push', closed)).toContain(': Mounted from open/own');
    expect(tokens.asked.at(-1)).toMatch(/^(GET|POST) \S+ repository:team\/own:pull,push repository:open\/own:pull$/);
    // docker keeps the token that it was given, rather than the password.
    const config = JSON.parse(await readFile(join(folder, 'docker/config.json'), 'utf8'));
    expect(config.auths[host('token')].identitytoken).toBe(IDENTITY);
    expect(tokens.asked.at(-1)).toContain('POST refresh_token');
    await ok('logout', host('token'));
    await ok('rmi', open);
    await ok('pull', open);
    const denied = await daemon.docker('pull', closed.replace('own:v1', 'own:v9'));
    expect(denied.stderr).toContain(`pull access denied for ${host('token')}/team/own`);
    expect((await daemon.docker('login', '-u', 'ann', '-p', 'no', host('token'))).stderr).toContain('unauthorized');
  });
});

describe.skipIf(missing)('a registry with certificates', () => {
  const certificates = (name: string): string => join(folder, 'config/docker/certs.d', host(name));

  test('of an authority that the user named is spoken to, and is no longer if that vouches for others only', async () => {
    const name = `${host('tls')}/team/own:v1`;
    await ok('tag', 'own:v1', name);
    await mkdir(certificates('tls'), { recursive: true });
    await using other = await makeAuthority();
    await cp(other.certificate, join(certificates('tls'), 'ca.crt'));
    const refused = await daemon.docker('push', name);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('x509: certificate signed by unknown authority');
    await cp(authority.certificate, join(certificates('tls'), 'ca.crt'));
    const pushed = digestIn(await ok('push', name));
    await ok('rmi', name);
    expect(await ok('pull', name)).toContain(`Digest: ${pushed}`);
  });

  test('that asks for ours lets in who has one', async () => {
    const name = `${host('mutual')}/team/own:v1`;
    await ok('tag', 'own:v1', name);
    await mkdir(certificates('mutual'), { recursive: true });
    await cp(authority.certificate, join(certificates('mutual'), 'ca.crt'));
    const refused = await daemon.docker('push', name);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/tls: (bad certificate|certificate required)/);
    const ours = await authority.vouch('DNS:ann');
    await cp(ours.certificate, join(certificates('mutual'), 'client.cert'));
    const halfDone = await daemon.docker('push', name);
    expect(halfDone.stderr).toContain('missing key client.key for client certificate client.cert');
    await cp(ours.key, join(certificates('mutual'), 'client.key'));
    await ok('push', name);
    await ok('rmi', name);
    await ok('pull', name);
  });
});

describe.skipIf(missing)('a daemon that is killed in a pull', () => {
  test('leaves the next one what had come whole', async () => {
    await using registry = await TestRegistry.start();
    const { layers } = registry.image('app:v1', [{ a: '1' }, { b: '2' }]);
    const [first, second] = layers.map(({ digest }) => digest);
    registry.silent = second;
    const name = `${registry.host}/app:v1`;
    const before = (await readdir(join(daemon.root, 'images/layers'))).length;
    const pulling = daemon.docker('pull', name);
    await expect.poll(async () => (await readdir(join(daemon.root, 'images/layers'))).length).toBe(before + 1);
    await daemon.restart('SIGKILL');
    expect((await pulling).code).not.toBe(0);
    expect(await ok('images', '-q', name)).toBe('');
    registry.silent = undefined;
    registry.requests.length = 0;
    await ok('pull', name);
    expect(registry.requests).toContain(`GET /v2/app/blobs/${second}`);
    expect(registry.requests).not.toContain(`GET /v2/app/blobs/${first}`);
  });
});

describe.skipIf(missing)('a real dockerd beside us', () => {
  let dockerd: RealDockerd | undefined;
  const theirs = async (...args: readonly string[]): Promise<string> => okay(await dockerd!.docker(...args));

  beforeAll(async () => {
    if ((await findProgram('dockerd')) !== undefined) dockerd = await startRealDockerd(base.registryUrl);
  });
  afterAll(() => dockerd?.[Symbol.asyncDispose]());

  test('pulls what we pushed, and we what it pushed, with equal digests', async ({ skip }) => {
    if (dockerd === undefined) skip('dockerd is not here');
    const name = `${host('plain')}/exchange/ours:v1`;
    await ok('tag', 'own:v1', name);
    const pushed = digestIn(await ok('push', name));
    expect(await theirs('pull', name)).toContain(`Digest: ${pushed}`);
    const id = await ok('inspect', '-f', '{{.Id}} {{.RootFS.Layers}}', name);
    expect(await theirs('inspect', '-f', '{{.Id}} {{.RootFS.Layers}}', name)).toBe(id);
    // It pushes what it pulled under another name: the same layers, the same config, the same manifest.
    const back = `${host('plain')}/exchange/theirs:v1`;
    await theirs('tag', name, back);
    expect(digestIn(await theirs('push', back))).toBe(pushed);

    const context = await mkdtemp(join(folder, 'context-'));
    await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nRUN echo theirs > /theirs\n');
    const built = `${host('plain')}/exchange/built:v1`;
    await theirs('build', '-q', '-t', built, context);
    const digest = digestIn(await theirs('push', built));
    expect(await ok('pull', built)).toContain(`Digest: ${digest}`);
    expect(await ok('run', '--rm', built, 'cat', '/theirs')).toBe('theirs');
    const again = `${host('plain')}/exchange/again:v1`;
    await ok('tag', built, again);
    expect(digestIn(await ok('push', again))).toBe(digest);
    await theirs('rmi', '-f', name, back, built);
  });
});
