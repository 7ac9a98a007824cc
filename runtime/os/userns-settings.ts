import { readFile } from 'node:fs/promises';

/** A kernel setting that keeps ordinary users from making user namespaces. */
export interface ForbiddingSetting {
  /** As sysctl(8) names it. */
  readonly name: string;
  readonly value: string;
  /** The command, for root, that allows it until the next boot. */
  readonly remedy: string;
}

interface Setting {
  readonly name: string;
  readonly file: string;
  forbids(value: number): boolean;
  readonly allowing: string;
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'kernel.unprivileged_userns_clone',
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    forbids: (value) => value === 0,
    allowing: '1',
  },
  {
    name: 'user.max_user_namespaces',
    file: '/proc/sys/user/max_user_namespaces',
    forbids: (value) => value === 0,
    allowing: '15000',
  },
  {
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    forbids: (value) => value === 1,
    allowing: '0',
  },
];

/** The settings of this kernel that forbid user namespaces now. */
export async function forbiddingSettings(): Promise<ForbiddingSetting[]> {
  const found = await Promise.all(
    SETTINGS.map(async (setting): Promise<ForbiddingSetting[]> => {
      const value = await readSetting(setting.file);
      if (value === undefined || !setting.forbids(Number(value))) return [];
      return [{ name: setting.name, value, remedy: `sysctl -w ${setting.name}=${setting.allowing}` }];
    }),
  );
  return found.flat();
}

async function readSetting(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    // A kernel without the setting does not forbid by it; one that hides it tells nobody.
    return undefined;
  }
}
