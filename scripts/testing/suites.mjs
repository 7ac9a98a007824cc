// The suites of `npm test`, and what each of them cannot do without.
import { findProgram } from '../fixtures/host.mjs';

const MINUTE = 60_000;

/** Why this machine cannot run what makes network namespaces, mounts and bridges; undefined where it can. */
async function whyNoContainers() {
  if (process.platform !== 'linux') return 'containers need Linux';
  if (process.getuid?.() !== 0) return 'it makes bridges and mounts, so it needs root';
  return (await findProgram('docker'))
    ? undefined
    : 'it drives the engine by the docker command line, which is not here';
}

async function whyNoEditor() {
  if (process.platform !== 'linux') return 'containers need Linux';
  return (await findProgram('chromium')) || (await findProgram('chromium-browser'))
    ? undefined
    : 'it drives VS Code in chromium, which is not here';
}

/**
 * @typedef {object} Suite
 * @property {string} project the vitest project
 * @property {string} title
 * @property {number} timeoutMs
 * @property {() => Promise<string | undefined>} whyNot why it cannot run on this machine
 */

/** @type {Suite[]} */
export const SUITES = [
  { project: 'unit', title: 'unit tests', timeoutMs: 6 * MINUTE, whyNot: async () => undefined },
  { project: 'engine', title: 'engine tests', timeoutMs: 9 * MINUTE, whyNot: whyNoContainers },
  { project: 'editor', title: 'editor tests', timeoutMs: 6 * MINUTE, whyNot: whyNoEditor },
];
