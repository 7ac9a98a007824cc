import { setTimeout as pause } from 'node:timers/promises';

/** Whether a process, or with a negative id a whole group, is there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ends a process (or with a negative id its group), first kindly; resolves when none of it is left. */
export async function endProcess(pid: number, patience = 10_000): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    for (const end = Date.now() + patience; Date.now() < end && isAlive(pid); ) await pause(25);
  }
}
