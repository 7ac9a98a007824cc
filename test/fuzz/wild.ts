import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import type { ShellReader } from '../../core/shell/shell-script.ts';
import { inspectFindings, inspectFixes, inspectFormatting, inspectTree } from './inspect.ts';

/** What is said of a real Dockerfile. */
export interface Inspected {
  readonly file: string;
  /** What does not hold for it. */
  readonly complaints: readonly string[];
  /** What keeps BuildKit from building it, as we read it: for people to compare. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

const NAMES = /^(?:Dockerfile|Containerfile)(?:[._-].*)?$|\.(?:dockerfile|containerfile)$/i;
/** What only looks like one, by its name. */
const OTHERS =
  /\.(?:dockerignore|md|rst|txt|go|js|ts|py|rb|php|java|json|ya?ml|toml|sh|html|erb|j2|jinja2?|tm?pl|template|mustache|in|swp|bak|lock|svg|png)$/i;

/** Every Dockerfile below a folder, by its path. */
export async function* dockerfilesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') yield* dockerfilesBelow(path);
    else if (entry.isFile() && NAMES.test(entry.name) && !OTHERS.test(entry.name)) yield path;
  }
}

/** Looks at one of them. */
export async function inspectFile(file: string, shell: ShellReader): Promise<Inspected> {
  const text = await readFile(file, 'utf8');
  const checks = [
    inspectTree,
    inspectFormatting,
    (all: string) => inspectFindings(all, shell),
    (all: string) => inspectFixes(all, shell),
  ];
  const complaints = checks.flatMap((check) => {
    try {
      return check(text);
    } catch (error) {
      return [`throws: ${error instanceof Error ? error.stack : String(error)}`];
    }
  });
  const errors = readDockerfile(text)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ range, message }) => ({ line: range.start.line + 1, message }));
  return { file, complaints, errors };
}
