import type { Ignore, IgnoreProblem } from '../ignore/ignore.ts';
import { readIgnore } from './read-ignore.ts';
import { type WalkedContext, walkContext } from './walk-context.ts';

/** A build context as it lies on disk. */
export interface DiskContext extends WalkedContext {
  /** Absolute. */
  readonly root: string;
  readonly ignore: Ignore;
  /** The ignore file, absolute; absent where there is none. */
  readonly ignoreFile?: string;
  /** Lines of it that Docker refuses, and that exclude nothing here. */
  readonly ignoreProblems: readonly IgnoreProblem[];
}

/** Reads a build context through its ignore file. Throws what the file system says, and the signal's reason. */
export async function readContext(root: string, dockerfilePath: string, signal: AbortSignal): Promise<DiskContext> {
  const { value: ignore, problems: ignoreProblems, file } = await readIgnore(root, dockerfilePath, signal);
  const walked = await walkContext(root, ignore, { signal });
  return { ...walked, root, ignore, ignoreProblems, ...(file !== undefined && { ignoreFile: file }) };
}
