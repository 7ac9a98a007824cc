import { prctl } from '../../os/syscalls.ts';

const PR_SET_DUMPABLE = 4;

/** Whether others of the same user may look into this process through /proc and ptrace; execve resets it. */
export function setDumpable(may: 'yes' | 'no'): void {
  prctl(PR_SET_DUMPABLE, may === 'yes' ? 1 : 0);
}
