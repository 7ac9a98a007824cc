// How the browser's VS Code is started: its folders, its settings, its environment.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../run.mjs';

/** Nothing that asks, nags, downloads or hides what the extension shows. */
const SETTINGS = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'terminal.integrated.gpuAcceleration': 'off',
  'editor.minimap.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'remote.autoForwardPorts': false,
  'chat.disableAIFeatures': true,
};

/**
 * Prepares a profile below `folder` and gives what every start of code-server needs.
 * @param {{ node: string, entry: string }} programs
 * @param {string} folder
 * @param {object} [settings] over the usual ones
 */
export async function prepareProfile({ node, entry }, folder, settings) {
  for (const each of ['extensions', 'tmp']) await mkdir(path.join(folder, each), { recursive: true });
  await writeSettings(path.join(folder, 'data/User'), { ...SETTINGS, ...settings });
  // In a browser VS Code takes those of the machine, such as how the engine is started, from here alone.
  if (settings !== undefined) await writeSettings(path.join(folder, 'data/Machine'), settings);
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|PASSWORD$|NODE_OPTIONS$|npm_)/.test(name)),
  );
  // No marketplace: the extension is brought along, and nothing else is needed.
  env.EXTENSIONS_GALLERY = '{}';
  const args = [
    entry,
    ...['--auth', 'none'],
    ...['--config', path.join(folder, 'config.yaml')],
    ...['--user-data-dir', path.join(folder, 'data')],
    ...['--extensions-dir', path.join(folder, 'extensions')],
  ];
  return {
    node,
    args,
    env,
    /** Arguments that make it listen, beside `args`. */
    serve: (port) => [
      ...['--bind-addr', `127.0.0.1:${port}`],
      ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
      ...['--disable-getting-started-override'],
    ],
    /** Installs a packaged extension. */
    installExtension: async (vsix) => {
      const { code, output } = await run(node, [...args, '--install-extension', vsix, '--force'], { env });
      if (code !== 0) throw new Error(`The extension could not be installed:\n${output}`);
    },
  };
}

async function writeSettings(folder, settings) {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}
