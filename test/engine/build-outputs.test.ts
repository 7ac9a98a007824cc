// Where the result of a build goes beside the engine, and what of a build's query is refused.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { EngineClient } from '../../runtime/cli/engine-client.ts';
import { ProgressRecord } from '../../runtime/cli/records.ts';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

const DOCKERFILE =
  'FROM scratch AS one\nCOPY --chown=7:8 --chmod=640 a /d/\nCOPY b /d/gone\nFROM one\nARG TARGETARCH\nCOPY b /d/b\nLABEL arch=$TARGETARCH\n';

let daemon: RealDaemon;
let context: ContextFolder;
let out: string;
beforeAll(async () => {
  daemon = await startRealDaemon();
  context = await contextFolder({ Dockerfile: DOCKERFILE, a: 'one', b: 'two' });
  out = await mkdtemp(join(tmpdir(), 'lapstrake-out-'));
});
afterAll(async () => {
  await context?.[Symbol.asyncDispose]();
  if (out !== undefined) await rm(out, { recursive: true });
  expect(await daemon?.stop()).toEqual([]);
});

const build = (...args: readonly string[]) => daemon.lapstrake('build', ...args, context.path);
const images = async (): Promise<string[]> =>
  okay(await daemon.docker('images', '-aq', '--no-trunc'))
    .split('\n')
    .filter((line) => line !== '');

test('a folder gets the files over what is there, as the user’s own, and the engine no image', async () => {
  const folder = join(out, 'files');
  await contextInto(folder, { kept: 'mine' });
  okay(await build('-o', folder, '-t', 'unused'));
  expect((await readdir(join(folder, 'd'))).sort()).toEqual(['a', 'b', 'gone']);
  expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('mine');
  const { uid, mode } = await stat(join(folder, 'd/a'));
  expect({ uid, mode: mode & 0o777 }).toEqual({ uid: process.getuid!(), mode: 0o640 });
  expect(await images()).toEqual([]);
});

test('a folder that cannot be made is an error, and leaves no image either', async () => {
  const { code, stderr } = await build('-o', join(context.path, 'a/folder'));
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('a/folder') });
  expect(await images()).toEqual([]);
});

test('what the engine had before stays there', async () => {
  okay(await build('-t', 'kept'));
  okay(await build('--output', `type=local,dest=${join(out, 'again')}`));
  expect(okay(await daemon.docker('images', '-q', 'kept'))).not.toBe('');
  okay(await daemon.docker('rmi', 'kept'));
});

test('a tar archive has owners and modes of the image, and goes to the standard output beside what is told', async () => {
  const file = join(out, 'files.tar');
  okay(await build('-o', `type=tar,dest=${file}`));
  const listed = execFileSync('tar', ['--numeric-owner', '-tvf', file], { encoding: 'utf8' });
  expect(listed).toMatch(/-rw-r----- 7\/8 +3 .* d\/a\n/);
  const { code, stdout, stderr } = await build('-o', '-');
  expect({ code, isTar: stdout.includes('ustar'), told: stdout.includes('Step 1/') }).toEqual({
    code: 0,
    isTar: true,
    told: false,
  });
  expect(stderr).toContain('Step 1/');
});

test('of several platforms each has a folder of its own', async () => {
  const folder = join(out, 'platforms');
  okay(await build('--platform', 'linux/amd64,linux/arm64', '-o', folder));
  expect((await readdir(folder)).sort()).toEqual(['linux_amd64', 'linux_arm64']);
  expect(await readFile(join(folder, 'linux_arm64/d/b'), 'utf8')).toBe('two');
  expect(await images()).toEqual([]);
});

test('of a context that is sent, the files of one platform are written, and those of several refused', async () => {
  const sent = (...args: readonly string[]) =>
    daemon.lapstrakeWith('FROM scratch\nCOPY <<a /\nx\na\n', 'build', ...args, '-');
  const [one, several] = [join(out, 'sent'), join(out, 'sent-several')];
  okay(await sent('-o', one));
  expect(await readFile(join(one, 'a'), 'utf8')).toBe('x\n');
  const refused = await sent('--platform', 'linux/amd64,linux/arm64', '-o', several);
  expect(refused.stderr).toContain('where the engine reads the context itself');
  await expect(stat(several)).rejects.toThrow('ENOENT');
  okay(await daemon.docker('image', 'prune', '-f'));
});

test('an archive of the image can be loaded, and is an OCI layout, packed or not', async () => {
  const [file, layout] = [join(out, 'image.tar'), join(out, 'layout')];
  okay(await build('-t', 'packed:1', '-o', `type=docker,dest=${file}`));
  okay(await build('-t', 'packed:1', '-o', `type=oci,tar=false,dest=${layout}`));
  okay(await daemon.docker('rmi', 'packed:1'));
  expect(okay(await daemon.docker('load', '-i', file))).toContain('packed:1');
  okay(await daemon.docker('rmi', 'packed:1'));
  const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
  expect(manifests).toHaveLength(1);
  // Without a name nothing stays in the engine.
  okay(await build('-o', `type=oci,dest=${file}`));
  expect(await images()).toEqual([]);
});

test('--metadata-file and --iidfile tell what was made; cacheonly makes nothing', async () => {
  const [metadata, iid] = [join(out, 'metadata.json'), join(out, 'iid')];
  okay(await build('-t', 'told', '--metadata-file', metadata, '--iidfile', iid, '--provenance=false', '--sbom=false'));
  const id = await readFile(iid, 'utf8');
  expect(JSON.parse(await readFile(metadata, 'utf8'))).toMatchObject({
    'containerimage.config.digest': id,
    'containerimage.digest': expect.stringMatching(/^sha256:/),
    'containerimage.descriptor': { mediaType: expect.stringContaining('manifest'), size: expect.any(Number) },
    'image.name': 'docker.io/library/told:latest',
  });
  okay(await daemon.docker('rmi', 'told'));
  expect(okay(await build('-o', 'type=cacheonly', '-t', 'none'))).toContain('Using cache');
  expect(await images()).toEqual([]);
});

test('an output that cannot be is refused before anything is built', async () => {
  const { code, stdout, stderr } = await build('-o', 'type=tar,dest=/nowhere/x.tar');
  expect({ code: code !== 0, stdout }).toEqual({ code: true, stdout: '' });
  expect(stderr).toContain('there is no folder /nowhere');
});

async function post(query: Readonly<Record<string, string>>): Promise<string> {
  const text = Buffer.from('FROM scratch\nLABEL a=b\n');
  const tar = await buffer(pack([{ entry: tarEntry({ name: 'Dockerfile', size: text.length }), content: text }]));
  const stream = Readable.from([tar], { objectMode: false });
  const headers = { 'Content-Type': 'application/x-tar' };
  let said = '';
  try {
    const lines = new EngineClient(daemon.socket).lines(ProgressRecord, 'POST', '/build', { query, headers, stream });
    for await (const record of lines) said += record.stream + record.error;
  } catch (error) {
    said += error instanceof Error ? error.message : '';
  }
  return said;
}

test.each([
  [{ squash: '1' }, 'squash is only supported with experimental mode'],
  [{ securityopt: '["seccomp=unconfined"]' }, 'does not support setting security options on build'],
  [{ isolation: 'hyperv' }, 'unsupported isolation: "hyperv"'],
  [{ version: '3' }, 'invalid version 3'],
  [{ shmsize: '-5' }, 'SHM size can not be less than 0'],
  [{ memory: '1000' }, 'Minimum memory limit allowed is 6MB'],
  [{ memswap: '5' }, 'You should always set the Memory limit when using Memoryswap limit, see usage'],
  [{ cpuperiod: '1' }, 'CPU cfs period can not be less than 1ms'],
  [{ cpusetcpus: '999' }, 'Requested CPUs are not available - requested 999'],
  [{ extrahosts: 'foo' }, 'bad format for add-host: "foo"'],
  [{ extrahosts: 'foo:bar' }, 'invalid IP address in add-host: "bar"'],
  [{ ulimits: '[{"Name":"nofile","Soft":9,"Hard":1}]' }, 'soft limit must be less than or equal to hard limit: 9 > 1'],
  [{ outputs: '[{"Type":"local","Attrs":{"dest":"x"}}]' }, 'lapstrake build --output writes files'],
  [{ outputs: '[{"Type":"image"},{"Type":"tar"}]' }, 'multiple outputs not supported'],
  [{ outputs: '[{"Type":"image"}]', isolation: 'default', securityopt: 'null' }, 'Successfully built'],
])('POST /build?%j', async (query, message) => {
  expect(await post(query)).toContain(message);
});

test('POST /build with cacheonly makes no image', async () => {
  const before = await images();
  expect(await post({ outputs: '[{"Type":"cacheonly"}]', t: 'nothing', labels: '{"c":"d"}' })).not.toContain(
    'Successfully',
  );
  expect(await images()).toEqual(before);
});

async function contextInto(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await using other = await contextFolder(files);
  execFileSync('cp', ['-r', other.path, folder]);
  await writeFile(join(folder, '.keep'), '');
}
