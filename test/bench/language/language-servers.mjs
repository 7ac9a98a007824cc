// The language servers that are compared: ours as it is bundled, and the one that VS Code's Docker extension has long used.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram } from '../../../scripts/fixtures/host.mjs';
import { run } from '../../../scripts/setup/run.mjs';
import { ROOT } from '../../../scripts/setup/setup.mjs';
import { dockerfileText } from './dockerfile-text.mjs';
import { Editor } from './editor.mjs';
import { rulesOfPeer } from './peer-rules.mjs';

const PEER = 'dockerfile-language-server-nodejs';
const PEER_VERSION = '0.15.0';

/**
 * How long hadolint's program takes for a file, where it is installed: it is no server, so that this is what every look at a
 * text costs an editor.
 * @returns {Promise<number | undefined>} milliseconds
 */
export async function timeHadolint(text) {
  const program = await findProgram('hadolint');
  if (!program) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-hadolint-'));
  try {
    const file = path.join(folder, 'Dockerfile');
    await writeFile(file, text);
    const began = performance.now();
    await run(program, ['--no-fail', file], { timeoutMs: 60_000 });
    return performance.now() - began;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @typedef {object} LanguageServer
 * @property {string} name
 * @property {string} program a file that node runs with --stdio
 * @property {readonly string[]} [args] what else it is started with
 * @property {Record<string, string>} [rules] settings of its rules; absent for all that there are
 */

/**
 * Ours as the extension starts it but for the first time: with the code that an earlier run has compiled.
 * @returns {Promise<LanguageServer & { remove: () => Promise<void> }>}
 */
export async function lapstrake() {
  const folder = await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-code-'));
  const server = {
    name: 'lapstrake',
    program: path.join(ROOT, 'dist/server.js'),
    args: [`--code-cache=${folder}`],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  const changes = watch(folder);
  const editor = new Editor(server);
  try {
    await editor.start();
    await editor.open('untitled:first/Dockerfile', dockerfileText(500, 'first'));
    for await (const { filename } of changes) if (filename?.endsWith('.bin')) break;
  } finally {
    await editor.stop();
  }
  return server;
}

/** The same with no rule but those that the peer has, too. */
export async function lapstrakeAsPeer(server) {
  return { ...server, name: 'lapstrake, the peer’s rules', rules: await rulesOfPeer() };
}

/**
 * Installs the peer into a temporary folder, or takes it from the one that `LAPSTRAKE_BENCH_PEER` names.
 * @returns {Promise<(LanguageServer & { remove: () => Promise<void> }) | { whyNot: string }>}
 */
export async function installPeer() {
  const given = process.env.LAPSTRAKE_BENCH_PEER;
  const folder = given ?? (await mkdtemp(path.join(tmpdir(), 'lapstrake-bench-peer-')));
  const remove = async () => {
    if (given === undefined) await rm(folder, { recursive: true, force: true });
  };
  const program = path.join(folder, 'node_modules', PEER, 'bin/docker-langserver');
  if (!existsSync(program)) {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    const { code, output } = await run('npm', ['install', '--prefix', folder, ...options, `${PEER}@${PEER_VERSION}`], {
      timeoutMs: 180_000,
    });
    if (code !== 0) {
      await remove();
      return { whyNot: `${PEER} ${PEER_VERSION} could not be installed: ${output.trim().split('\n').at(-1)}` };
    }
  }
  return { name: `dockerfile-language-server ${PEER_VERSION}`, program, remove };
}
