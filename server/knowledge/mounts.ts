import { type Entry, entries } from './entry.ts';

/** What `type` of a mount takes. */
export const MOUNT_TYPES: readonly Entry[] = entries({
  bind: 'Shows files of the context, a stage or an image, without a layer. The default.',
  cache: 'A directory that outlives the build: for package managers and compilers.',
  tmpfs: 'A directory in memory, empty at first and gone afterwards.',
  secret: 'A file or variable with a secret of the build, which no layer keeps.',
  ssh: 'A socket of the SSH agent, for repositories that need a key.',
});

/** What `sharing` of a cache takes. */
export const SHARING_MODES: readonly Entry[] = entries({
  shared: 'Several builds write to it at the same time. The default.',
  private: 'Another build at the same time gets one of its own.',
  locked: 'Another build waits until this one is done: what package managers need.',
});

const KEYS: Readonly<Record<string, string>> = {
  type: 'What is mounted: `bind`, `cache`, `tmpfs`, `secret` or `ssh`.',
  target: 'Where the command finds it (also `dst`, `destination`).',
  source: 'Path in what `from` names (also `src`).',
  from: 'Stage, named context or image that `source` lies in; without it the context.',
  readonly: 'The command cannot write there (also `ro`).',
  readwrite: 'The command can write there (also `rw`); of a bind mount nothing of it is kept.',
  id: 'Name that tells this cache, secret or key from others.',
  sharing: 'What happens when several builds use the cache: `shared`, `private` or `locked`.',
  required: 'Without the secret or key the build fails.',
  size: 'Most bytes of the memory: `64m`.',
  mode: 'Permissions, octal: `0755`.',
  uid: 'Owner, as a number.',
  gid: 'Group, as a number.',
  env: 'Variable that gets the secret.',
};

const KEYS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  bind: ['target', 'source', 'from', 'readonly', 'readwrite'],
  cache: ['target', 'id', 'sharing', 'from', 'source', 'readonly', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size'],
  secret: ['id', 'target', 'env', 'required', 'mode', 'uid', 'gid'],
  ssh: ['id', 'target', 'required', 'mode', 'uid', 'gid'],
};

/** The keys that a mount of a type takes; all where the type is not known. */
export function mountKeys(type: string | undefined): readonly Entry[] {
  const names = type !== undefined && Object.hasOwn(KEYS_OF_TYPE, type) ? KEYS_OF_TYPE[type] : undefined;
  return ['type', ...(names ?? Object.keys(KEYS).slice(1))].map((name) => ({ name, text: KEYS[name] ?? '' }));
}

/** Whether a key may stand without a value. */
export function isSwitch(key: string): boolean {
  return key === 'readonly' || key === 'readwrite' || key === 'required';
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

/** What a key of a mount does. */
export function mountKeyDoc(key: string): string | undefined {
  const name = Object.hasOwn(LONG_NAMES, key) ? LONG_NAMES[key]! : key;
  return Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
}

/** Directories that are worth a cache. */
export const CACHE_TARGETS: readonly Entry[] = entries({
  '/var/cache/apt': 'apt: downloaded packages',
  '/var/lib/apt': 'apt: package lists',
  '/var/cache/apk': 'apk: packages and their index',
  '/root/.npm': 'npm',
  '/usr/local/share/.cache/yarn': 'yarn',
  '/root/.local/share/pnpm/store': 'pnpm',
  '/root/.cache/pip': 'pip',
  '/root/.cache/uv': 'uv',
  '/go/pkg/mod': 'Go modules',
  '/root/.cache/go-build': 'the Go compiler',
  '/root/.m2': 'Maven',
  '/root/.gradle': 'Gradle',
  '/usr/local/cargo/registry': 'Cargo',
  '/root/.nuget/packages': 'NuGet',
  '/root/.composer/cache': 'Composer',
});
