import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import koffi from 'koffi';

/** A full collection of what JavaScript has left, which gives back the room that V8 keeps for new objects. Blocks meanwhile. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

/** Has the C library give back to the kernel what nobody uses (malloc_trim(3)); another one than glibc keeps it. */
export function trimHeap(): void {
  let trim: (pad: number) => number;
  try {
    trim = koffi.load(null).func('int malloc_trim(size_t pad)');
  } catch {
    return;
  }
  trim(0);
}
