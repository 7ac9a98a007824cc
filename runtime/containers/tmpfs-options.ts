import { invalid } from '../errors.ts';

/** Options of a tmpfs that Docker takes (moby, pkg mount, `MergeTmpfsOptions`). */
const FLAGS: ReadonlySet<string> = new Set(
  [
    'defaults remount ro rw suid nosuid dev nodev exec noexec sync async dirsync mand nomand atime noatime diratime nodiratime',
    'relatime norelatime strictatime nostrictatime bind rbind unbindable runbindable private rprivate shared rshared slave rslave',
  ].flatMap((names) => names.split(' ')),
);
const VALUES: ReadonlySet<string> = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol']);

/** Error: EngineError `invalid`, code `mount-invalid`, for an option that there is not. */
export function checkTmpfsOptions(options: readonly string[]): void {
  for (const option of options) {
    if (FLAGS.has(option)) continue;
    const [name = '', ...value] = option.split(/=(.*)/s, 2);
    if (value.length > 0 && VALUES.has(name)) continue;
    const shown = [name, ...value].map((part) => JSON.stringify(part)).join(' ');
    throw invalid({ code: 'mount-invalid', message: `invalid tmpfs option [${shown}]`, subject: option });
  }
}
