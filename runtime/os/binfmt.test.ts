import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { binfmtHandlers, handlerFor, parseHandler } from './binfmt.ts';

// As Linux 6.18 writes them of what Debian's qemu-user-static registers.
const ARM64 = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`;
const S390X = ARM64.replace('020101', '020201')
  .replace('0200b700', '00020016')
  .replace('feffffff', 'fffeffff')
  .replace('POCF', '');

test('a handler is read with its flags, and found by the architecture whose programs it takes', () => {
  const arm64 = parseHandler('qemu-aarch64', ARM64)!;
  expect(arm64).toMatchObject({
    enabled: true,
    interpreter: '/usr/libexec/qemu-binfmt/aarch64-binfmt-P',
    flags: 'POCF',
  });
  const s390x = parseHandler('qemu-s390x', S390X)!;
  expect(s390x.flags).toBe('');
  expect(handlerFor('arm64', [s390x, arm64])).toBe(arm64);
  expect(handlerFor('s390x', [s390x, arm64])).toBe(s390x);
  expect(handlerFor('riscv64', [s390x, arm64])).toBeUndefined();
  expect(handlerFor('tape', [s390x, arm64])).toBeUndefined();
});

test('one that goes by file names is none; an enabled one is preferred', () => {
  expect(parseHandler('jar', 'enabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n')).toBeUndefined();
  const [off, on] = [parseHandler('a', ARM64.replace('enabled', 'disabled'))!, parseHandler('b', ARM64)!];
  expect(handlerFor('arm64', [off, on])).toBe(on);
  expect(handlerFor('arm64', [off])).toBe(off);
});

test('nothing is known where binfmt_misc is not mounted; all are disabled where it is as a whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-binfmt-'));
  expect(await binfmtHandlers(folder)).toBeUndefined();
  await writeFile(join(folder, 'status'), 'disabled\n');
  await writeFile(join(folder, 'register'), '');
  await writeFile(join(folder, 'qemu-aarch64'), ARM64);
  expect(await binfmtHandlers(folder)).toMatchObject([{ name: 'qemu-aarch64', enabled: false }]);
  await rm(folder, { recursive: true });
});
