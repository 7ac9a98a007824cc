import { run } from './spawn.ts';

/** Whether a program can be started at all. */
export async function isInstalled(program: string): Promise<boolean> {
  try {
    await run(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}
