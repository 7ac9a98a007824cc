// VS Code for the browser (code-server) from npm, without any package's install script and without a compiler.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../fixtures/cache.mjs';
import { run } from '../run.mjs';
import { say, since } from '../say.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** The newest code-server that runs on Node 20: VS Code 1.100, the oldest that the extension supports. */
const CODE_SERVER = '4.100.3';
const NODE_MAJOR = 20;
const ARCH = process.arch;
const NPM = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Where Node's own major is another, the one that this code-server is made for comes along. */
const bringsNode = Number(process.versions.node.split('.', 1)[0]) !== NODE_MAJOR;

const MANIFEST = {
  private: true,
  dependencies: {
    'code-server': CODE_SERVER,
    [`@vscode/ripgrep-linux-${ARCH}`]: '1.18.0',
    [`@lydell/node-pty-linux-${ARCH}`]: '1.1.0',
    ...(bringsNode ? { [`node-linux-${ARCH}`]: '20.19.5' } : {}),
  },
  // The first argon2 that ships its binaries.
  overrides: { argon2: '0.44.0' },
};

async function npmInstall(folder, ...options) {
  const { code, output } = await run('npm', ['install', ...options, ...NPM], { cwd: folder, timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`npm could not install the editor in ${folder}:\n${output}`);
}

async function place(from, to) {
  await mkdir(path.dirname(to), { recursive: true });
  await cp(from, to);
}

/** Puts what packages' install scripts would have made or downloaded where VS Code looks for it. */
async function furnish(folder) {
  const vscode = path.join(folder, 'node_modules/code-server/lib/vscode');
  const modules = path.join(vscode, 'node_modules');
  await npmInstall(vscode, '--omit=dev');
  await symlink('node_modules', path.join(vscode, 'node_modules.asar'));
  await place(
    path.join(folder, `node_modules/@vscode/ripgrep-linux-${ARCH}/bin/rg`),
    path.join(modules, '@vscode/ripgrep/bin/rg'),
  );
  await place(
    path.join(folder, `node_modules/@lydell/node-pty-linux-${ARCH}/pty.node`),
    path.join(modules, 'node-pty/build/Release/pty.node'),
  );
  await place(path.join(HERE, 'spdlog.cjs'), path.join(modules, '@vscode/spdlog/index.js'));
  await writeFile(
    path.join(modules, 'native-watchdog/index.js'),
    'exports.start = () => undefined;\nexports.exit = (code) => process.exit(code ?? 0);\n',
  );
}

/**
 * Gives the editor's programs, installing them into the cache folder at the first call.
 * @returns {Promise<{ node: string, entry: string }>}
 */
export async function ensureEditor() {
  const hash = createHash('sha256').update(JSON.stringify(MANIFEST));
  for (const file of ['install.mjs', 'spdlog.cjs']) hash.update(await readFile(path.join(HERE, file)));
  const name = `editor-${CODE_SERVER}-${hash.digest('hex').slice(0, 12)}`;
  const folder = path.join(cacheFolder(), name);
  const programs = {
    node: bringsNode ? path.join(folder, `node_modules/node-linux-${ARCH}/bin/node`) : process.execPath,
    entry: path.join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
  const present = await readFile(path.join(folder, 'complete')).then(
    () => true,
    () => false,
  );
  if (present) return programs;
  const started = performance.now();
  say(`installing VS Code for the browser (code-server ${CODE_SERVER}) into ${folder}`);
  const unfinished = path.join(cacheFolder(), `.${name}-${process.pid}`);
  try {
    await mkdir(unfinished, { recursive: true });
    await writeFile(path.join(unfinished, 'package.json'), JSON.stringify(MANIFEST, undefined, 2));
    await npmInstall(unfinished);
    await furnish(unfinished);
    await writeFile(path.join(unfinished, 'complete'), '');
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  say(`VS Code for the browser is in place (${since(started)})`);
  return programs;
}
