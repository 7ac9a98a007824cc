// What an engine takes, with all the processes that it has started: memory, and the time of processors.
import { readdir, readFile, writeFile } from 'node:fs/promises';

const INTERVAL_MS = 25;

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
  return [pid, ...(await Promise.all(below.map(tree))).flat()];
}

/** What a process and its descendants have in memory now, in bytes: the sum of their VmRSS. */
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
