import { expect, test } from 'vitest';
import { startError } from './runtime-error.ts';

test('a folder that is mounted onto a file, or the other way round, is told with Docker’s advice, once', () => {
  const said =
    'error mounting "/a" to rootfs at "/bin": mount /a:/bin (via /proc/self/fd/6), flags: 0x5000: not a directory';
  const { message } = startError('create', 'x', `runc create failed: ${said}`);
  expect(message).toMatch(/not a directory: unknown: Are you trying to mount a directory onto a file [^?]*\?[^?]*$/);
});

test.each([
  [
    'executable file `/nope` not found in $PATH: No such file or directory',
    ...['command-not-found', 'exec: "/nope": stat /nope: no such file or directory'],
  ],
  [
    'executable file `nope` not found in $PATH: No such file or directory',
    ...['command-not-found', 'exec: "nope": executable file not found in $PATH'],
  ],
  ['open executable: Operation not permitted', 'command-not-executable', 'exec: permission denied'],
])('what crun says is told as runc would: %s', (said, code, told) => {
  for (const verb of ['create', 'exec'] as const) {
    const { kind, code: is, message } = startError(verb, 'x', said);
    expect({ kind, is, message }).toEqual({
      kind: 'invalid',
      is: code,
      message: expect.stringContaining(`failed: ${told}`),
    });
  }
});
