// Compiles runtime/keeper for every processor that has a compiler here. Usage: node scripts/keeper.mjs [FOLDER]
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './setup/run.mjs';
import { say, warn } from './setup/say.mjs';

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../runtime/keeper');

/** Node's name of a processor, and the compiler that makes programs for it (Debian: gcc, gcc-aarch64-linux-gnu). */
export const COMPILERS = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };

const FLAGS = [
  ...['-std=c11', '-Os', '-Wall', '-Wextra', '-Wconversion', '-Wno-sign-conversion', '-Werror'],
  // No C library: what the program needs of it would be larger than all the rest.
  ...['-ffreestanding', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector'],
  ...['-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns'],
  ...['-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,norelro', '-Wl,-z,noseparate-code', '-s'],
];

/** What the binaries in the repository were made from: a digest of the source, and the compiler's version for each. */
export const ORIGIN = path.join(source, 'made-from.json');

/** Digest of all that decides what is compiled: the source, and how the compiler is called. */
export async function sourceDigest() {
  const hash = createHash('sha256').update(JSON.stringify(FLAGS));
  for (const name of (await readdir(path.join(source, 'src'))).sort()) {
    hash.update(`${name}\0`).update(await readFile(path.join(source, 'src', name)));
  }
  return hash.digest('hex');
}

/**
 * Compiles `folder/keeper-<processor>`.
 * @returns {Promise<{ missing: true } | { missing: false, output: string, code: number, version: string }>}
 */
export async function compileKeeper(processor, folder) {
  const compiler = COMPILERS[processor];
  const version = await run(compiler, ['-dumpfullversion']).catch(() => undefined);
  if (version === undefined || version.code !== 0) return { missing: true };
  await mkdir(folder, { recursive: true });
  const files = (await readdir(path.join(source, 'src'))).filter((name) => name.endsWith('.c')).sort();
  const args = [...FLAGS, '-o', path.join(folder, `keeper-${processor}`), ...files.map((name) => `src/${name}`)];
  return { missing: false, version: version.output.trim(), ...(await run(compiler, args, { cwd: source })) };
}

async function main(folder = path.join(source, 'bin')) {
  const compilers = {};
  for (const processor of Object.keys(COMPILERS)) {
    const result = await compileKeeper(processor, folder);
    if (result.missing) warn(`${COMPILERS[processor]} is not installed: keeper-${processor} stays as it is`);
    else if (result.code !== 0) throw new Error(result.output);
    else {
      say(`keeper-${processor}, by GCC ${result.version}`);
      compilers[processor] = result.version;
    }
  }
  // Of two binaries from different sources, one would be wrong.
  if (folder === path.join(source, 'bin') && Object.keys(compilers).length === Object.keys(COMPILERS).length) {
    await writeFile(ORIGIN, `${JSON.stringify({ source: await sourceDigest(), compilers }, null, 2)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
