// Installs the Debian (or Ubuntu) packages that make more possible, where we are root; says what is missing where not.
import { access, rm, writeFile } from 'node:fs/promises';
import { findProgram } from '../fixtures/host.mjs';
import { run } from './run.mjs';
import { say, since, warn } from './say.mjs';

/**
 * @typedef {object} Tool
 * @property {string} program what is looked for
 * @property {string} [instead] what serves as well
 * @property {string} [file] absolute path that is looked for instead, where it is no program
 * @property {string[]} packages what brings it: the first one that exists
 * @property {string} cost what is lost without it
 */

/** @type {Tool[]} */
const RUN = [
  {
    program: 'runc',
    instead: 'crun',
    packages: ['runc', 'crun'],
    cost: 'containers are isolated by util-linux alone: no seccomp filter',
  },
  {
    program: 'iptables',
    instead: 'nft',
    packages: ['iptables'],
    cost: 'containers reach no address outside this machine',
  },
  { program: 'newuidmap', packages: ['uidmap'], cost: 'without root, containers know a single user' },
  {
    program: 'slirp4netns',
    instead: 'pasta',
    packages: ['slirp4netns'],
    cost: 'without root, containers reach no address outside',
  },
  { program: 'xz', packages: ['xz-utils'], cost: 'archives and layers packed by xz cannot be read' },
  { program: 'bzip2', packages: ['bzip2'], cost: 'archives packed by bzip2 cannot be read' },
  { program: 'ps', packages: ['procps'], cost: '`docker top` takes no options of ps' },
  {
    program: 'busybox',
    packages: ['busybox-static'],
    cost: 'the busybox image is made from the programs of this machine',
  },
];

/** @type {Tool[]} */
const TEST = [
  ...RUN,
  { program: 'ip', packages: ['iproute2'], cost: 'the network tests cannot look into a namespace' },
  {
    program: 'docker-registry',
    packages: ['docker-registry'],
    cost: 'pulls are tried against our own small registry only',
  },
  {
    program: 'docker',
    packages: ['docker-cli', 'docker.io'],
    cost: 'the engine suite cannot drive it as Docker users do',
  },
  { program: 'dockerd', packages: ['docker.io'], cost: 'there is no Docker to compare with' },
  {
    program: 'docker-py',
    file: '/usr/lib/python3/dist-packages/docker/__init__.py',
    packages: ['python3-docker'],
    cost: 'no Python client is tried against the engine',
  },
  { program: 'docker-compose', packages: ['docker-compose'], cost: 'no compose project is brought up' },
  { program: 'openssl', packages: ['openssl'], cost: 'registries with certificates of their own are not tried' },
  { program: 'skopeo', packages: ['skopeo'], cost: 'the image store is not read by a second program' },
  { program: 'podman', packages: ['podman'], cost: 'archives of images are not exchanged with Podman' },
  { program: 'zstd', packages: ['zstd'], cost: 'archives packed by zstd are not tried' },
  {
    program: 'qemu-aarch64-static',
    packages: ['qemu-user-static'],
    cost: 'no command of another platform is run',
  },
  { program: 'chromium', packages: ['chromium', 'chromium-browser'], cost: 'the editor suite cannot run' },
];

/** @type {Tool[]} */
const BENCH = TEST;

const TOOLS = { run: RUN, test: TEST, bench: BENCH };
const APT_ENV = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

async function missing(tools) {
  const find = async ({ program, instead, file }) =>
    file === undefined
      ? ((await findProgram(program)) ?? (instead && (await findProgram(instead))))
      : access(file).then(
          () => file,
          () => undefined,
        );
  const found = await Promise.all(tools.map(find));
  return tools.filter((_, at) => found[at] === undefined);
}

async function firstKnown(packages) {
  for (const name of packages) {
    const { code, output } = await run('apt-cache', ['--quiet', 'show', '--no-all-versions', name], { env: APT_ENV });
    if (code === 0 && output.includes('Package: ')) return name;
  }
  return undefined;
}

/** Installs without starting what the packages bring as a service: this machine's services are its owner's affair. */
async function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    return await work();
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}

async function install(tools) {
  const started = performance.now();
  say('updating the package lists (apt-get update)');
  const update = await run('apt-get', ['update', '-qq'], { env: APT_ENV, timeoutMs: 300_000 });
  if (update.code !== 0) warn(`apt-get update failed (exit ${update.code}): ${lastLine(update.output)}`);
  const names = [...new Set((await Promise.all(tools.map(({ packages }) => firstKnown(packages)))).filter(Boolean))];
  if (names.length === 0) return;
  say(`installing ${names.join(', ')} (apt-get install)`);
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...names];
  const { code, output } = await withoutServices(() => run('apt-get', args, { env: APT_ENV, timeoutMs: 900_000 }));
  if (code === 0) say(`Debian packages are in place (${since(started)})`);
  else warn(`apt-get install failed (exit ${code}): ${lastLine(output)}`);
}

const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

/**
 * Makes the tools for a purpose available as far as this machine allows, and says what stays missing and what that costs.
 * LAPSTRAKE_NO_APT=1 leaves the machine's packages alone.
 * @param {keyof typeof TOOLS} purpose
 * @returns {Promise<string[]>} the programs that are still missing
 */
export async function ensureDebianPackages(purpose) {
  let lacking = await missing(TOOLS[purpose]);
  if (lacking.length === 0) return [];
  const root = process.getuid?.() === 0;
  const apt = await findProgram('apt-get');
  if (root && apt && process.env.LAPSTRAKE_NO_APT !== '1') {
    await install(lacking);
    lacking = await missing(TOOLS[purpose]);
  }
  for (const { program, packages, cost } of lacking) {
    const how = root ? '' : `; \`sudo apt-get install ${packages[0]}\` brings it`;
    warn(`${program} is not here: ${cost}${how}`);
  }
  return lacking.map(({ program }) => program);
}
