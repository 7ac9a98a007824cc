// Commands of another platform than the machine's, in a user namespace with handlers of its own (binfmt_misc, Linux 6.7).
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { command, type Launcher, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const FOLDER = '/proc/sys/fs/binfmt_misc';
const INSIDE = ['--user', '--map-root-user', '--net', '--mount', '--propagation', 'private'];
const MOUNT = `mount -t binfmt_misc none ${FOLDER}`;
const tried = await command('unshare', [...INSIDE, 'sh', '-c', MOUNT]);
const [compiler, qemu] = await Promise.all(['aarch64-linux-gnu-gcc', 'qemu-aarch64-static'].map(findProgram));
const missing = tried.code !== 0 || compiler === undefined || qemu === undefined || process.arch === 'arm64';

/** Says and writes down what it runs on; built as the shell, it is what RUN runs. */
const PROGRAM = `#include <stdio.h>
#include <sys/utsname.h>
int main(void) {
  struct utsname name;
  uname(&name);
  FILE *file = fopen("/machine", "w");
  fprintf(file, "%s\\n", name.machine);
  puts(name.machine);
  return fclose(file);
}
`;
const MAGIC = String.raw`M::\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

let context: ContextFolder;
let daemon: RealDaemon;
let folder: string;

const withHandlers: Launcher = async ({ file, args, env }) => ({
  file: 'unshare',
  args: [...INSIDE, 'sh', '-c', `${MOUNT} && exec "$@"`, 'sh', file, ...args],
  env,
});

/** Writes into the daemon's own binfmt_misc. */
async function tell(file: string, text: string): Promise<void> {
  const script = `printf %s "$1" > ${FOLDER}/${file}`;
  const target = ['-t', `${daemon.pid}`, '--user', '--mount', '--preserve-credentials'];
  expect(await command('nsenter', [...target, 'sh', '-c', script, 'sh', text])).toMatchObject({ code: 0, stderr: '' });
}

const build = () =>
  daemon.lapstrake(
    'build',
    '--network',
    'none',
    '--platform',
    'linux/amd64,linux/arm64',
    '-t',
    'foreign',
    context.path,
  );

beforeAll(async () => {
  if (missing) return;
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-foreign-'));
  await writeFile(join(folder, 'program.c'), PROGRAM);
  for (const [architecture, cc] of [['arm64', compiler!] as const, ['amd64', 'gcc'] as const]) {
    const args = ['-static', '-o', join(folder, architecture), join(folder, 'program.c')];
    expect(await command(cc, args)).toMatchObject({ code: 0 });
  }
  context = await contextFolder({
    Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /bin/sh\nRUN it\nCMD it\n',
  });
  for (const each of ['arm64', 'amd64']) await command('cp', [join(folder, each), context.path]);
  daemon = await startRealDaemon([], withHandlers);
});
afterAll(async () => {
  const left = await daemon?.stop();
  await context?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
  expect(left ?? []).toEqual([]);
});

test.skipIf(missing)('without a handler the failure says what the machine lacks', async () => {
  const { code, stderr } = await build();
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'Dockerfile:4: linux/arm64: commands of linux/arm64 cannot run on this machine, which is linux/amd64: its kernel has no interpreter for them',
    ),
  });
  expect(stderr).toContain('qemu-user-static');
});

test.skipIf(missing)('one that looks for its interpreter in the image, or is disabled, is named', async () => {
  await tell('register', `:lap-arm64:${MAGIC}:${qemu}:`);
  expect((await build()).stderr).toContain(
    `its kernel looks for their interpreter, ${qemu}, in the image, where it is not: lap-arm64 was registered without the flag F`,
  );
  await tell('lap-arm64', '0');
  expect((await build()).stderr).toContain('its kernel has an interpreter for them, lap-arm64, but that is disabled');
  await tell('lap-arm64', '-1');
});

test.skipIf(missing)('with a handler RUN and containers run the other platform’s programs', async () => {
  await tell('register', `:lap-arm64:${MAGIC}:${qemu}:F`);
  const { code, stdout, stderr } = await build();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/\[linux\/arm64\] RUN it\n.*\naarch64\n/);
  const run = (...platform: readonly string[]) =>
    daemon.docker('run', '--rm', '--network', 'none', ...platform, 'foreign');
  expect((await run()).stdout).toBe('x86_64\n');
  expect((await run('--platform', 'linux/arm64')).stdout).toBe('aarch64\n');
  await daemon.lapstrake('build', '--network', 'none', '--platform', 'linux/arm64', '-t', 'foreign', context.path);
  expect(await run()).toEqual({
    code: 0,
    stdout: 'aarch64\n',
    stderr:
      "WARNING: The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64) and no specific platform was requested\n",
  });
});
