import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { command, type RealDaemon } from '../engine/real-daemon.ts';

/** What containers take of a machine, as counts: each that stays behind would make one of them grow. */
export type MachineState = Readonly<
  Record<
    'mounts' | 'networkNamespaces' | 'links' | 'packetRules' | 'cgroups' | 'processes' | 'sockets' | 'files',
    number
  >
>;

/** Counts what a daemon holds, and what the machine has of its kind. */
export async function machineState({ pid, root }: RealDaemon): Promise<MachineState> {
  const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8');
  const links = await command('ip', ['-o', 'link']);
  const rules = await command('iptables-save', []);
  const descriptors = await targets(`/proc/${pid}/fd`);
  return {
    mounts: linesOf(mounts).length,
    networkNamespaces: await countNamespaces(),
    links: linesOf(links.stdout).length,
    packetRules: linesOf(rules.stdout).filter((line) => line.startsWith('-A')).length,
    cgroups: await countCgroups(),
    processes: linesOf((await command('pgrep', ['-f', root])).stdout).length,
    sockets: descriptors.filter((target) => target.startsWith('socket:')).length,
    files: descriptors.filter((target) => !target.startsWith('socket:')).length,
  };
}

/** Resident memory of a daemon, in bytes. */
export async function residentMemory({ pid }: RealDaemon): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function countNamespaces(): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(processes.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => '')));
  return new Set(all).size;
}

async function countCgroups(): Promise<number> {
  const { stdout } = await command('find', ['/sys/fs/cgroup', '-type', 'd', '-regex', '.*/[0-9a-f]+']);
  return linesOf(stdout).length;
}

async function targets(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')))).filter(Boolean);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(Boolean);
}
