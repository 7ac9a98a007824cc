// The walls between the folders (docs/architecture.md): who may import whom. A folder without a rule is a breach.
import { isBuiltin } from 'node:module';
import path from 'node:path';

const ZOD = ['zod'];
const TESTS = ['@balena/dockerignore', 'vitest', 'fast-check', 'tar-stream', 'esbuild'];

/**
 * @typedef {object} Rule
 * @property {string} folder the longest match counts
 * @property {string[]} folders what it may import, beside itself
 * @property {boolean} node whether it may import node:*
 * @property {string[]} packages npm packages, with all that is below them
 * @property {string} why
 */

/** @type {Rule[]} */
export const RULES = [
  {
    folder: 'core',
    folders: [],
    node: false,
    packages: ['spdx-license-ids', 'yaml', ...ZOD],
    why: 'core/ is pure: no Node, no editor, no engine',
  },
  {
    folder: 'core/disk',
    folders: ['core'],
    node: true,
    packages: ['p-limit'],
    why: 'core/disk walks the real context and knows core/ only',
  },
  {
    folder: 'core/bash',
    folders: ['core'],
    node: true,
    packages: ['web-tree-sitter'],
    why: 'core/bash loads the grammar of bash and knows core/ only',
  },
  {
    folder: 'core/shellcheck',
    folders: ['core', 'core/time'],
    node: true,
    packages: ['p-limit'],
    why: 'core/shellcheck starts that one program and knows core/ only',
  },
  {
    folder: 'core/time',
    folders: [],
    node: false,
    packages: [],
    why: 'core/time says how long one waits, and knows nothing else',
  },
  {
    folder: 'protocol',
    folders: ['core'],
    node: false,
    packages: ZOD,
    why: 'protocol/ holds schemas and types only',
  },
  {
    folder: 'server',
    folders: ['core', 'core/disk', 'core/bash', 'core/shellcheck', 'core/time', 'protocol'],
    node: true,
    packages: ['vscode-languageserver', 'vscode-languageserver-textdocument', ...ZOD],
    why: 'server/ knows LSP and core/ only',
  },
  {
    folder: 'runtime',
    folders: ['core', 'core/disk', 'core/bash', 'core/shellcheck', 'core/time', 'protocol'],
    node: true,
    packages: ['koffi', 'fzstd', 'p-limit', ...ZOD],
    why: 'runtime/ knows core/ and protocol/ only',
  },
  {
    folder: 'client',
    folders: ['core', 'core/disk', 'core/time', 'protocol'],
    node: true,
    packages: ['vscode', 'vscode-languageclient', 'dockerode', 'tar-stream', ...ZOD],
    why: 'client/ talks LSP to server/ and HTTP to runtime/',
  },
  {
    folder: 'media',
    folders: ['core', 'protocol'],
    node: false,
    packages: ['uplot', '@vscode-elements/elements', '@vscode/codicons', 'lit', ...ZOD],
    why: 'media/ runs in a webview: messages of protocol/ only',
  },
  {
    folder: 'test',
    folders: [
      'core',
      'core/disk',
      'core/bash',
      'core/shellcheck',
      'core/time',
      'protocol',
      'server',
      'runtime',
      'client',
      'media',
      'scripts',
    ],
    node: true,
    packages: [
      'playwright-core',
      'dockerode',
      '@grpc/grpc-js',
      '@grpc/proto-loader',
      'testcontainers',
      'vscode-languageserver',
      'koffi',
      'ssh2',
      ...TESTS,
      ...ZOD,
    ],
    why: 'test/ may look everywhere, with the packages listed in scripts/walls.mjs',
  },
  {
    folder: 'scripts',
    folders: ['core', 'core/disk', 'protocol'],
    node: true,
    packages: ['esbuild'],
    why: 'scripts/ must run before npm packages are installed',
  },
  { folder: 'examples', folders: [], node: true, packages: [], why: 'an example stands on its own' },
];

/** Floors of the engine, lowest first: a floor knows only those below it; those in one line may know each other. */
export const FLOORS = [
  ['errors.ts', 'list-filters.ts', 'log.ts', 'version.ts'],
  ['os', 'archive', 'events'],
  ['keeper'],
  ['store'],
  ['snapshots'],
  ['sandbox'],
  ['networks', 'volumes'],
  ['images', 'registry'],
  ['containers'],
  ['build'],
  ['api'],
  [
    'engine.ts',
    'engine-build.ts',
    'engine-registries.ts',
    'engine-routes.ts',
    'disk-usage.ts',
    'image-import.ts',
    'image-transfer.ts',
    'system-info.ts',
    'system-warnings.ts',
    'doctor.ts',
  ],
  ['cli', 'daemon', 'lapstraked.ts'],
];

/** Files outside every folder: configuration of tools. */
const AT_THE_TOP = new Map([['vitest.config.mts', ['vitest']]]);
/** A test, what only tests import, or the suite of a seam that each driver runs. */
const TEST = /(?:\.test|\.test-support|-suite)\.\w+$/;
const SOURCE = /\.(?:ts|mts|cts|tsx|js|mjs|cjs)$/;
const IMPORTS = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*[,)]/g,
];

/** @param {string} file */
export function ruleOf(file) {
  return RULES.filter(({ folder }) => file.startsWith(`${folder}/`)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0];
}

function floorOf(file) {
  const [top, below = ''] = file.split('/');
  if (top !== 'runtime') return undefined;
  const at = FLOORS.findIndex((names) => names.includes(below));
  return at === -1 ? undefined : { at, name: below };
}

/** Gives every module that a source text imports, with its line (1-based). */
export function importsOf(text) {
  const found = IMPORTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => {
      const end = match.index + match[0].length;
      return { name: match[1], line: text.slice(0, end).split('\n').length };
    }),
  );
  return found.sort((a, b) => a.line - b.line);
}

function packageOf(name) {
  const parts = name.split('/');
  return parts.slice(0, name.startsWith('@') ? 2 : 1).join('/');
}

function outsideBreach(rule, name, isTest) {
  if (isBuiltin(name)) return rule.node || isTest ? undefined : `it imports ${name}`;
  const known = [...rule.packages, ...(isTest ? TESTS : [])];
  return known.includes(packageOf(name)) ? undefined : `it imports the package ${packageOf(name)}`;
}

function insideBreach(file, rule, target, isTest) {
  const other = ruleOf(target);
  if (!other) return `it imports ${target}, which is under no rule`;
  const forTests = isTest && (other.folder === 'test' || other.folder.startsWith(`${rule.folder}/`));
  const allowed = other === rule || rule.folders.includes(other.folder) || forTests;
  if (!allowed) return `it imports ${target}`;
  const [from, to] = [floorOf(file), floorOf(target)];
  if (from && to && to.at > from.at && !isTest) {
    return `it imports ${target}: ${to.name} is a floor above ${from.name}`;
  }
  return undefined;
}

/**
 * Checks one file. A test may also use Node, the test tools and test/.
 * @returns {string[]} readable breaches, one line each
 */
export function breachesOf(file, text) {
  if (!SOURCE.test(file)) return [];
  const isTest = TEST.test(file);
  const top = AT_THE_TOP.get(file);
  const rule = top ? { folder: '', folders: [], node: true, packages: top, why: 'a configuration' } : ruleOf(file);
  if (!rule) return [`${file}: no wall is known for this folder; give it one in scripts/walls.mjs`];
  const breaches = [];
  if (file.startsWith('runtime/') && !isTest && !floorOf(file)) {
    breaches.push(`${file}: no floor is known for this file; give it one in scripts/walls.mjs`);
  }
  for (const { name, line } of importsOf(text)) {
    const relative = name.startsWith('.');
    const breach = relative
      ? insideBreach(file, rule, path.posix.join(path.posix.dirname(file), name), isTest)
      : outsideBreach(rule, name, isTest);
    if (breach) breaches.push(`${file}:${line}: ${breach} (${rule.why})`);
  }
  return breaches;
}
