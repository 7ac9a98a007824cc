// Packages the extension as users get it.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from './run.mjs';
import { say, since } from './say.mjs';
import { ROOT } from './setup.mjs';

/** Writes the VSIX to `file` from what is built. */
export async function packageExtension(file) {
  const started = performance.now();
  await mkdir(path.dirname(file), { recursive: true });
  const vsce = path.join(ROOT, 'node_modules/@vscode/vsce/vsce');
  const args = ['package', '--out', file, '--allow-missing-repository', '--no-rewrite-relative-links'];
  const { code, output } = await run(process.execPath, [vsce, ...args], { cwd: ROOT, timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`The extension could not be packaged:\n${output}`);
  say(`extension is packaged (${since(started)})`);
  return file;
}
