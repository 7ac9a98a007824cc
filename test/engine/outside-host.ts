import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { command } from './real-daemon.ts';

/** A host beyond this one, in a network namespace of its own, reached over IPv6. */
export interface OutsideHost extends AsyncDisposable {
  readonly address: string;
  /** Tells those who connect which address they have. */
  readonly port: number;
  /** This machine's address towards it. */
  readonly hostAddress: string;
  /** Whether it reaches an address by way of this machine. */
  reaches(address: string): Promise<boolean>;
}

const PORT = 7777;
const SERVER = `require("net").createServer((s) => s.end("you are " + s.remoteAddress + "\\n"))
  .listen(${PORT}, "::", () => console.log("up"))`;

/** `subnet`: 64 bits, as `fd00:1::`. Needs root. */
export async function startOutsideHost(subnet: string): Promise<OutsideHost> {
  const name = `lapo${randomBytes(3).toString('hex')}`;
  const [hostAddress, address] = [`${subnet}1`, `${subnet}2`];
  const ip = async (...words: string[]): Promise<void> => {
    const { code, stderr } = await command('ip', words);
    if (code !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
  };
  await ip('netns', 'add', name);
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('link', 'set', name, 'up');
  await ip('addr', 'add', `${hostAddress}/64`, 'dev', name, 'nodad');
  await ip('-n', name, 'link', 'set', 'eth0', 'up');
  await ip('-n', name, 'addr', 'add', `${address}/64`, 'dev', 'eth0', 'nodad');
  await ip('-n', name, 'route', 'add', 'default', 'via', hostAddress);
  const server = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', SERVER]);
  await once(server.stdout, 'data');
  return {
    ...{ address, port: PORT, hostAddress },
    async reaches(other) {
      return (await command('ip', ['netns', 'exec', name, 'busybox', 'ping', '-6', '-c1', '-W1', other])).code === 0;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
      await ip('netns', 'del', name);
    },
  };
}
