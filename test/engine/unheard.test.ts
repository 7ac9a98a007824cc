import { expect, test } from 'vitest';
import { type Launcher, startRealDaemon } from './real-daemon.ts';

/** Nobody reads what the daemon says to standard error: that end of the pipe is closed. */
const unheard: Launcher = async ({ file, args, env }) => ({
  file: 'bash',
  args: ['-c', 'exec "$@" 2> >(exec <&-)', 'bash', file, ...args],
  env,
});

test('a daemon whose starter is gone works on, and ends when it is told to', async () => {
  await using daemon = await startRealDaemon([], unheard);
  // With --debug it has something to say of each request.
  for (let i = 0; i < 3; i++) {
    const { code, stdout } = await daemon.docker('ps', '-a', '--format', '{{.Names}}');
    expect([code, stdout]).toEqual([0, '']);
  }
  const { code, stderr } = await daemon.docker('rm', 'nothing-here');
  expect([code, stderr]).toEqual([1, expect.stringContaining('No such container: nothing-here')]);
  expect(await daemon.stop()).toEqual([]);
});
