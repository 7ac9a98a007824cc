// What a test run must not leave behind: processes, mounts, network namespaces, packet filter rules, control groups, files.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Environment variable by which everything that a run starts is known. */
export const MARKER = 'LAPSTRAKE_TEST_RUN';
const PATIENCE_MS = 8000;

const read = (file) => readFile(file, 'utf8').catch(gone);
const list = (folder) => readdir(folder, { withFileTypes: true }).catch(() => []);

/** A process may end while it is looked at, and another user's is not ours to look at. */
function gone(error) {
  if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL'].includes(error.code)) return '';
  throw error;
}

/** Gives this process and those that started it. */
async function ancestors() {
  const found = new Set();
  for (let pid = process.pid; pid > 0; ) {
    found.add(pid);
    pid = Number(/^PPid:\s*(\d+)/m.exec(await read(`/proc/${pid}/status`))?.[1] ?? 0);
  }
  return found;
}

/** Processes that carry the run's marker, or that live in its temporary folder: also those inside containers. */
async function processesOf({ id, folder }) {
  const known = await ancestors();
  const found = new Map();
  for (const { name } of await list('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || known.has(pid)) continue;
    const about = `/proc/${name}`;
    const signs = [
      (await read(`${about}/environ`)).split('\0').includes(`${MARKER}=${id}`),
      (await read(`${about}/cmdline`)).includes(folder),
      (await readlink(`${about}/cwd`).catch(gone)).startsWith(folder),
      (await read(`${about}/mountinfo`)).includes(folder),
    ];
    if (!signs.includes(true)) continue;
    const command =
      (await read(`${about}/cmdline`)).split('\0').join(' ').trim() || (await read(`${about}/comm`)).trim();
    if (command !== '') found.set(`process ${pid}`, `process ${pid}: ${command.slice(0, 160)}`);
  }
  return found;
}

async function mountsOf({ folder }) {
  const lines = (await read('/proc/self/mountinfo')).split('\n').filter((line) => line.includes(folder));
  return new Map(lines.map((line) => [line, `mount ${line.split(' ')[4]}`]));
}

/** Control groups of ours that hold no process: those of an engine that is at work elsewhere hold some. */
async function emptyGroups() {
  const found = new Map();
  const tops = ['/sys/fs/cgroup', ...(await list('/sys/fs/cgroup')).map(({ name }) => join('/sys/fs/cgroup', name))];
  for (const top of new Set(tops)) {
    for (const group of await groupsBelow(join(top, 'lapstrake'))) {
      if ((await read(join(group, 'cgroup.procs'))).trim() === '') found.set(group, `control group ${group}`);
    }
  }
  return found;
}

async function groupsBelow(folder) {
  const found = [];
  for (const entry of await list(folder)) {
    if (entry.isDirectory()) found.push(join(folder, entry.name), ...(await groupsBelow(join(folder, entry.name))));
  }
  return found;
}

/** Bridges, the packet filter's rules about them, and named network namespaces. Where other engines run, theirs cannot be told from ours, and none is counted. */
async function networks(run) {
  const found = new Map();
  if (await anotherRuns(run, 'lapstraked.js')) return found;
  const bridges = (await anotherRuns(run, 'dockerd')) ? /^lap(?:-|strake)/ : /^(?:lap(?:-|strake)|br-[0-9a-f]{12}$)/;
  for (const rule of await rules()) {
    if (rule.split(' ').some((word) => bridges.test(word))) found.set(`rule ${rule}`, `packet filter rule ${rule}`);
  }
  for (const { name } of await list('/sys/class/net')) {
    if (bridges.test(name)) found.set(`link ${name}`, `network link ${name}`);
  }
  for (const { name } of await list('/run/netns')) {
    if (/lapstrake/.test(name)) found.set(`netns ${name}`, `network namespace ${name}`);
  }
  return found;
}

/** Rules of iptables, for both IP versions; none where it is missing, or is not ours to ask. */
async function rules() {
  const save = (program) => promisify(execFile)(program).catch(() => ({ stdout: '' }));
  const saved = await Promise.all(['iptables-save', 'ip6tables-save'].map(save));
  return saved.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line.startsWith('-A ')));
}

/** Whether a program that is not of this run is at work. */
async function anotherRuns({ id }, program) {
  for (const { name } of await list('/proc')) {
    if (!/^\d+$/.test(name) || !(await read(`/proc/${name}/cmdline`)).includes(program)) continue;
    if (!(await read(`/proc/${name}/environ`)).includes(`${MARKER}=${id}`)) return true;
  }
  return false;
}

async function filesOf({ folder }) {
  const found = new Map();
  for (const { name } of await list(folder)) {
    found.set(join(folder, name), `temporary file ${join(folder, name)}`);
  }
  return found;
}

async function look(run) {
  const parts = [processesOf(run), mountsOf(run), emptyGroups(), networks(run), filesOf(run)];
  return new Map((await Promise.all(parts)).flatMap((part) => [...part]));
}

/**
 * Remembers what is there before a run whose processes carry `MARKER=id` and have `folder` as TMPDIR.
 * `leaks()` names what is new after it; what is about to go has some seconds for it.
 * @param {{ id: string, folder: string }} run
 * @param {number} [patienceMs]
 */
export async function watchForLeaks(run, patienceMs = PATIENCE_MS) {
  const before = await look(run);
  return {
    leaks: async () => {
      const deadline = Date.now() + patienceMs;
      for (;;) {
        const left = [...(await look(run))].filter(([key]) => !before.has(key)).map(([, what]) => what);
        if (left.length === 0 || Date.now() > deadline) return left;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    },
  };
}
