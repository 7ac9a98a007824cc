// Commands of another platform than the machine's, in a user namespace with handlers of its own (binfmt_misc, Linux 6.7).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { command, type Launcher, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const FOLDER = '/proc/sys/fs/binfmt_misc';
const INSIDE = ['--user', '--map-root-user', '--net', '--mount', '--propagation', 'private'];
const MOUNT = `mount -t binfmt_misc none ${FOLDER}`;
const tried = await command('unshare', [...INSIDE, 'sh', '-c', MOUNT]);
const qemu = await findProgram('qemu-aarch64-static');
const missing = tried.code !== 0 || qemu === undefined || process.arch === 'arm64';

/**
 * Static programs, packed by gzip: they print the machine of uname(2), and write it into /machine. Built as the shell, they are
 * what RUN runs. No compiler is needed so.
 */
const PROGRAMS = {
  arm64: [
    'H4sIAAAAAAACA6t39XFjYmRkgAEmhu0MIN4GBgcw3wEqvgKhBChmAVTnwMDKwAJWyw5WDwEwfTD6ClQcRnNA6cCnJSlsDMQDASj935ntIodIw6',
    'WnygwTGRkaLj1gZl3FBKSZgRjolissQHoBA0s3o4CL5QNmllUtLAwTG///N31qzDLRkbEhiIO94ZKSR8OlZpOGSwszFCyAeiYk8DRMUlRgnQjS',
    'z8HRcOkh0MxHQL0wMxWg9AruhksMYHbDJSaoGNA9Ew8wx1/Tz01MzsjMS0V3L2NVEANLhRyjNI88gwiQLwHENv///58BknTkm8CcwsfAoFecUV',
    'xSVJKYxKBXklpRwqBXlJ+SWJLIoJeaEZ9WlJibykAx4Aa5BRpXqPEEATPQ1LOg8QWh+o2gfA9GBygN4XOiqWdEoyWhbCYoPwKqPwKqQAdNPwcW',
    '85ix+KsFql8Zh/0wAADYiKEB6AIAAA==',
  ].join(''),
  amd64: [
    'H4sIAAAAAAACA6t39XFjYmRkgAEmBjsGEG8DgwOY7wAVz0AoAYpZANU5MLAwMIPVsoPVQwBMH4yeCxWH0TBjAp+WpLAxEA8EoHSw4SVXw0s77I',
    'FMj85rHo1vJIAmevTWqEziZ3U1PODRO0dlGlDOqUuE2afzgOf/Ay2XSj8da2EBCXI57loCVm3qBeTtAPna4/jxOf///9/lyMTAwM/quJMRbO5x',
    'oBUenfd8Ok/4dB7iZwXT5/lZgfbagOWvA63mZ/VoPAKyPPqwfm5ickZmXioDg15xRnFJUUliEoNeSWpFCYNeUX5KYkkiA+WAGxp27BjhDAFT0N',
    'QzovEFoWJGUL4LowOUhvA5cehHppmxuMsXqkCSgP0AV4+dXGgCAAA=',
  ].join(''),
};
const MAGIC = String.raw`M::\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

let context: ContextFolder;
let daemon: RealDaemon;

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
  context = await contextFolder({
    Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /bin/sh\nRUN it\nCMD it\n',
  });
  for (const [architecture, program] of Object.entries(PROGRAMS)) {
    await writeFile(join(context.path, architecture), gunzipSync(Buffer.from(program, 'base64')), { mode: 0o755 });
  }
  daemon = await startRealDaemon([], withHandlers);
});
afterAll(async () => {
  const left = await daemon?.stop();
  await context?.[Symbol.asyncDispose]();
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
