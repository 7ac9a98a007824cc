import { createHash, randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script, constants as vmConstants } from 'node:vm';

/** Milliseconds after which what was compiled is kept: by then the first documents have been read and judged. */
const KEPT_AFTER = 10_000;

/** A program, and how it comes to run. */
export interface CompiledProgram {
  /** Whether it was compiled before. */
  readonly isKnown: boolean;
  run(): void;
  /** Keeps what is compiled by now. Errors: those of the file system. */
  keep(): Promise<void>;
}

/**
 * Runs a bundle (CommonJS) without compiling anew what an earlier run of the same file compiled, which is kept in a folder;
 * without one, as Node.js would. Half of the time until a first document is judged goes into compiling otherwise.
 */
export function runCompiled(file: string, folder: string | undefined): void {
  const program = compiledProgram(file, folder);
  program.run();
  if (folder === undefined || program.isKnown) return;
  // A disk that is full or read-only costs the time of compiling, and nothing else.
  setTimeout(() => void program.keep().catch(() => undefined), KEPT_AFTER).unref();
}

/** Error: that of the file system where there is no such file. */
export function compiledProgram(file: string, folder: string | undefined): CompiledProgram {
  const source = readFileSync(file);
  const path = join(folder ?? '', `${basename(file, '.js')}.bin`);
  const mark = markOf(source);
  const kept = folder === undefined ? undefined : readKept(path, mark);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    importModuleDynamically: vmConstants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(kept && { cachedData: kept }),
  });
  return {
    isKnown: kept !== undefined && script.cachedDataRejected === false,
    run() {
      const module = { exports: {} };
      script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
    },
    async keep() {
      const code = script.createCachedData();
      const data = Buffer.concat([mark, hashOf(code), code]);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const whole = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
      try {
        await writeFile(whole, data, { flag: 'wx', mode: 0o600 });
        await rename(whole, path);
      } catch (error) {
        await rm(whole, { force: true });
        throw error;
      }
    },
  };
}

/** What compiled code is of: V8 looks no further than at the length of the source and at its own version. */
function markOf(source: Uint8Array): Buffer {
  return hashOf(Buffer.from(`${process.version} ${process.arch}\n`), source);
}

function hashOf(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** What was kept of the same source; nothing that anybody but this user could have written: it is code. */
function readKept(path: string, mark: Buffer): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(descriptor);
    const isOwn = stat.isFile() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
    const data = isOwn ? readFileSync(descriptor) : Buffer.of();
    const code = data.subarray(2 * mark.length);
    return data.subarray(0, 2 * mark.length).equals(Buffer.concat([mark, hashOf(code)])) ? code : undefined;
  } finally {
    closeSync(descriptor);
  }
}
