import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import koffi from 'koffi';
import { expect, it } from 'vitest';
import { openPty } from './pty.ts';

const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *data)');
const [TIOCSPTLCK, TIOCGPTPEER] = [0x40045431, 0x5441];
const FLAGS = constants.O_RDWR | constants.O_NOCTTY;

/** Both sides of a new terminal. */
function newTerminal(): { master: number; slave: number } {
  const master = openSync('/dev/ptmx', FLAGS | constants.O_NONBLOCK);
  ioctl(master, TIOCSPTLCK, Buffer.alloc(4));
  return { master, slave: ioctl(master, TIOCGPTPEER, FLAGS) };
}

it('shows all that was written to a terminal before it was closed', async () => {
  const { master, slave } = newTerminal();
  const line = `${'x'.repeat(98)}\n`;
  writeSync(slave, line.repeat(100));
  closeSync(slave);
  expect(await text(openPty(master).output)).toBe(line.replace('\n', '\r\n').repeat(100));
});
