import { expect, test } from 'vitest';
import { startError } from './runtime-error.ts';

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
