// Usage: npm start [-- --port N] [-- --browser]
// Opens the example workspace in VS Code with the extension: the desktop's where there is one, else one in the browser.
// Runs until Ctrl-C, and then ends all that it started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cacheFolder } from './fixtures/cache.mjs';
import { findProgram } from './fixtures/host.mjs';
import { ensureEditor } from './setup/editor/install.mjs';
import { prepareProfile } from './setup/editor/profile.mjs';
import { startEngine } from './setup/engine.mjs';
import { freePort } from './setup/ports.mjs';
import { endGroupWithUs } from './setup/run.mjs';
import { say, warn } from './setup/say.mjs';
import { ROOT, setup } from './setup/setup.mjs';
import { packageExtension } from './setup/vsix.mjs';

const WORKSPACE = path.join(ROOT, 'examples/bulletin-board');
const PORT = 4747;

/** The desktop's VS Code, where a window can open; it does not run as root. */
async function desktopEditor() {
  const display = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!display || process.getuid?.() === 0) return undefined;
  return findProgram('code');
}

function start(file, args, options) {
  const child = spawn(file, args, { ...options, detached: true });
  endGroupWithUs(child);
  return child;
}

async function openDesktop(code, env) {
  say(`opening ${code}; close its window or press Ctrl-C to end`);
  const args = ['--new-window', '--wait', `--extensionDevelopmentPath=${ROOT}`, WORKSPACE];
  return start(code, args, { env, stdio: 'inherit' });
}

async function answers(url) {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function openBrowser(wantedPort, env) {
  const programs = await ensureEditor();
  const vsix = await packageExtension(path.join(ROOT, 'artifacts/lapstrake.vsix'));
  const profile = await prepareProfile(programs, path.join(cacheFolder(), 'start'));
  await profile.installExtension(vsix);
  const port = await freePort(wantedPort ?? PORT, { orAny: wantedPort === undefined });
  const child = start(profile.node, [...profile.args, ...profile.serve(port)], {
    env: { ...profile.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: WORKSPACE,
  });
  const address = `http://127.0.0.1:${port}`;
  while (child.exitCode === null && !(await answers(`${address}/healthz`))) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (child.exitCode !== null) throw new Error(`VS Code ended with exit code ${child.exitCode}.`);
  const url = new URL(address);
  url.searchParams.set('folder', WORKSPACE);
  say('VS Code is ready. Open this address in a browser, and Dockerfile in the explorer; Ctrl-C ends it:');
  console.log(`\n  ${url.href}\n`);
  warn('it asks for no password: whoever can open that address on this machine works in it as you');
  return child;
}

async function main() {
  const { values } = parseArgs({ options: { port: { type: 'string' }, browser: { type: 'boolean' } } });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
  await setup('run');
  const engine = await startEngine();
  try {
    const code = values.browser ? undefined : await desktopEditor();
    const port = values.port === undefined ? undefined : Number(values.port);
    const editor = code ? await openDesktop(code, engine.env) : await openBrowser(port, engine.env);
    await Promise.race([once(editor, 'exit'), once(stop.signal, 'abort')]);
    if (editor.exitCode === null && editor.signalCode === null) {
      say('closing VS Code');
      if (editor.pid) process.kill(-editor.pid, 'SIGTERM');
      await once(editor, 'exit');
    }
  } finally {
    await engine.stop();
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    warn(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
