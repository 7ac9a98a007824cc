/** Options as in fstab, sorted into what mount(2) takes as flags and what the file system reads itself. */
export interface ParsedOptions {
  readonly flags: number;
  /** Flags that set how mounts travel between namespaces; a call of their own. */
  readonly propagation: number;
  readonly data: string;
}

const FLAGS: Readonly<Record<string, number>> = {
  ro: 1,
  rro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  sync: 16,
  dirsync: 128,
  noatime: 1024,
  nodiratime: 2048,
  bind: 4096,
  rbind: 4096 | 16384,
  relatime: 1 << 21,
  strictatime: 1 << 24,
};
/** Options that are the default, and so no flag. */
const DEFAULTS = new Set([
  'rw',
  'suid',
  'dev',
  'exec',
  'async',
  'atime',
  'defaults',
  'z',
  'Z',
  'consistent',
  'cached',
  'delegated',
  'nocopy',
]);
const PROPAGATION: Readonly<Record<string, number>> = {
  private: 1 << 18,
  rprivate: (1 << 18) | 16384,
  slave: 1 << 19,
  rslave: (1 << 19) | 16384,
  shared: 1 << 20,
  rshared: (1 << 20) | 16384,
};

export function parseMountOptions(options: readonly string[]): ParsedOptions {
  let flags = 0;
  let propagation = 0;
  const data: string[] = [];
  for (const option of options) {
    if (option in FLAGS) flags |= FLAGS[option]!;
    else if (option in PROPAGATION) propagation = PROPAGATION[option]!;
    else if (!DEFAULTS.has(option)) data.push(option);
  }
  return { flags, propagation, data: data.join(',') };
}

/** Flags of the mount at a path, from /proc/self/mountinfo: in a user namespace a remount may not drop any. */
export function flagsOfMount(mountinfo: string, path: string): number {
  const line = mountinfo
    .split('\n')
    .filter((each) => mountPoint(each) === path)
    .at(-1);
  const options = line?.split(' ')[5]?.split(',') ?? [];
  return parseMountOptions(options.filter((option) => option in FLAGS)).flags;
}

/** The mount points below a path, each once, from /proc/self/mountinfo: what is mounted upon another comes later. */
export function mountsBelow(mountinfo: string, path: string): string[] {
  const points = mountinfo.split('\n').map(mountPoint);
  return [...new Set(points.filter((point) => point.startsWith(`${path}/`)))];
}

function mountPoint(line: string): string {
  const field = line.split(' ')[4] ?? '';
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
