import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageExtension } from '../../scripts/setup/vsix.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the packaged extension: made once for all files of the editor suite. */
    vsix: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const file = join(import.meta.dirname, '../../artifacts/editor/lapstrake.vsix');
  project.provide('vsix', await packageExtension(file));
}
