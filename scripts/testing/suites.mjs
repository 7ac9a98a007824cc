// The suites of `npm test`, and what each of them cannot do without.
import { findProgram } from '../fixtures/host.mjs';

const MINUTE = 60_000;

const isRoot = process.getuid?.() === 0;

/** Why this machine cannot run what makes network namespaces, mounts and bridges; undefined where it can. */
async function whyNoRootEngine() {
  return isRoot ? whyNoEngine() : 'they make bridges and mounts of the machine, so they need root';
}

async function whyNoEngine() {
  if (process.platform !== 'linux') return 'containers need Linux';
  return (await findProgram('docker'))
    ? undefined
    : 'they drive the engine by the docker command line, which is not here';
}

async function whyNoEditor() {
  if (process.platform !== 'linux') return 'containers need Linux';
  return (await findProgram('chromium')) || (await findProgram('chromium-browser'))
    ? undefined
    : 'they drive VS Code in chromium, which is not here';
}

/**
 * @typedef {object} Suite
 * @property {string} project the vitest project
 * @property {string} title
 * @property {number} timeoutMs
 * @property {string[]} [files] only these of the project
 * @property {() => Promise<string | undefined>} whyNot why it cannot run on this machine
 */

/** @type {Suite} */
const ROOTLESS = {
  project: 'engine',
  title: 'engine tests of an ordinary user',
  files: ['test/engine/rootless'],
  timeoutMs: 4 * MINUTE,
  whyNot: whyNoEngine,
};

/** @type {Suite[]} */
export const SUITES = [
  { project: 'unit', title: 'unit tests', timeoutMs: 8 * MINUTE, whyNot: async () => undefined },
  { project: 'images', title: 'tests of images and builds', timeoutMs: 10 * MINUTE, whyNot: whyNoRootEngine },
  { project: 'engine', title: 'engine tests', timeoutMs: 14 * MINUTE, whyNot: whyNoRootEngine },
  // Root's run holds these, too.
  ...(isRoot ? [] : [ROOTLESS]),
  { project: 'editor', title: 'editor tests', timeoutMs: 10 * MINUTE, whyNot: whyNoEditor },
];
