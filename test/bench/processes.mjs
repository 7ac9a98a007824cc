// What an engine takes, with the processes that it has started but for what holds a container and what runs in it: memory,
// and the time of processors.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const INTERVAL_MS = 25;
/** Programs that hold a running container: ours, containerd's, podman's. */
const HOLDER = /^(keeper-\w+|containerd-shim.*|conmon)$/;

/**
 * The most that a process and its descendants took while `work` ran, in bytes: the sum of the peaks (VmHWM) of those that
 * run at the same time. Peaks of before do not count (clear_refs, proc(5)).
 */
export async function peakMemory(pid, work) {
  for (const each of await tree(pid)) await writeFile(`/proc/${each}/clear_refs`, '5').catch(ignoreEnded);
  let peak = 0;
  const sample = async () => {
    const sizes = await Promise.all((await tree(pid)).map((each) => sizeOf(each, 'VmHWM')));
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  };
  let sampling = sample();
  const timer = setInterval(() => {
    sampling = sampling.then(sample);
  }, INTERVAL_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
    await sampling;
  }
  await sample();
  return peak;
}

/**
 * Milliseconds for which processors have worked for a process, its descendants, and those of them that have ended and were
 * waited for (proc(5), stat; the kernel counts in hundredths of a second).
 */
export async function processorTime(pid) {
  const stats = await Promise.all(
    (await tree(pid)).map((each) => readFile(`/proc/${each}/stat`, 'utf8').catch(ignoreEnded)),
  );
  // What stands before the last parenthesis is the program's name, which may be anything.
  const fields = stats.map((text) => (text ?? '').slice((text ?? '').lastIndexOf(')') + 2).split(' '));
  return fields.flatMap((each) => each.slice(11, 15)).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

async function tree(pid) {
  const threads = await readdir(`/proc/${pid}/task`).catch(ignoreEnded);
  const children = await Promise.all(
    (threads ?? []).map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(ignoreEnded)),
  );
  const below = children.flatMap((text) => (text ?? '').split(' ').filter(Boolean).map(Number));
  const isHolder = await Promise.all(below.map(async (each) => HOLDER.test(path.basename((await commandOf(each))[0]))));
  return [pid, ...(await Promise.all(below.filter((_, i) => !isHolder[i]).map(tree))).flat()];
}

async function commandOf(pid) {
  return ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(ignoreEnded)) ?? '').split('\0');
}

/** What the programs have in memory that hold the containers of an engine, known by its folder, in bytes. */
export async function holdersMemory(folder) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const [program, ...args] = await commandOf(pid);
      const holds = HOLDER.test(path.basename(program)) && args.some((arg) => arg.includes(folder));
      return holds ? sizeOf(pid, 'VmRSS') : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What an engine has in memory now, in bytes: the sum of the VmRSS of its processes. */
export async function residentMemory(pid) {
  const sizes = await Promise.all((await tree(pid)).map((each) => sizeOf(each, 'VmRSS')));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(pid, which) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(ignoreEnded);
  return Number(new RegExp(`^${which}:\\s+(\\d+) kB$`, 'm').exec(status ?? '')?.[1] ?? 0) * 1024;
}

/** Processes may end between being listed and being looked at. */
function ignoreEnded(error) {
  if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
}
