// npm run wild-corpus -- FOLDER|GIT-URL …: looks at every Dockerfile below folders, and in repositories, which it fetches.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runBundled } from './run-bundled.mjs';
import { run } from './setup/run.mjs';

const places = process.argv.slice(2);
if (places.length === 0) {
  console.error('No place to look at: name folders that hold Dockerfiles, or addresses of Git repositories.');
  process.exit(2);
}

const isRepository = (place) => !existsSync(place) || existsSync(join(place, 'HEAD'));
const fetched = await mkdtemp(join(tmpdir(), 'lapstrake-wild-'));

const PATTERNS = ['*[Dd]ockerfile*', '*[Cc]ontainerfile*'];

/** The Dockerfiles of a repository's newest state. */
async function fetchRepository(place, index) {
  const folder = join(fetched, String(index));
  for (const args of [
    // A copy on this disk takes no time, and its largest files may be missing.
    ['clone', '--quiet', ...(existsSync(place) ? [] : ['--depth=1']), '--no-checkout', place, folder],
    ['-C', folder, 'sparse-checkout', 'set', '--no-cone', ...PATTERNS],
    ['-C', folder, 'checkout', '--quiet'],
  ]) {
    const { code, output } = await run('git', args, { timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`${place} could not be fetched: ${output.trim()}`);
  }
  return folder;
}

try {
  process.exitCode = await runBundled('test/fuzz/wild.ts', async ({ dockerfilesBelow, inspectFile }, loadShell) => {
    const shell = loadShell();
    let files = 0;
    let wrong = 0;
    let refused = 0;
    for (const [index, place] of places.entries()) {
      const folder = isRepository(place) ? await fetchRepository(place, index) : place;
      for await (const file of dockerfilesBelow(folder)) {
        const { complaints, errors } = await inspectFile(file, shell);
        const name = `${place}: ${relative(folder, file)}`;
        files++;
        if (complaints.length > 0) wrong++;
        for (const complaint of complaints) console.log(`${name}: ${complaint}`);
        const [first] = errors;
        if (first === undefined) continue;
        refused++;
        const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
        console.log(`${name}:${first.line}: refused, to be compared with BuildKit: ${first.message}${more}`);
      }
    }
    console.log(`${files} Dockerfiles, ${refused} refused, ${wrong} for which something does not hold`);
    return wrong === 0 && files > 0 ? 0 : 1;
  });
} finally {
  await rm(fetched, { recursive: true, force: true });
}
