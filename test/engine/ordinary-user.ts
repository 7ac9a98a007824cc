import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { forbiddingSettings } from '../../runtime/os/userns-settings.ts';
import { command, type Launcher } from './real-daemon.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const UID = 54_321;
const NAME = 'lapstrake-test';

/** Which ids a user may map: a range of them from /etc/subuid, or none but the own. */
export type Ids = 'range' | 'single';

/** Why this kernel lets no ordinary user run an engine, by its setting; undefined where it does. */
export async function whyNotRootless(): Promise<string | undefined> {
  const settings = await forbiddingSettings();
  if (settings.length > 0) return settings.map(({ name, value }) => `${name} is ${value}`).join(', ');
  const user = process.getuid?.() === 0 ? ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'] : [];
  const [file = 'unshare', ...args] = [...user, 'unshare', '--user', '--map-root-user', 'true'];
  const { code, stderr } = await command(file, args);
  return code === 0 ? undefined : stderr.trim();
}

/**
 * Starts a daemon as an ordinary user: as the one who runs the tests, or where that is root as one who exists in a mount
 * namespace only, so that this machine's users stay as they are.
 */
export function asOrdinaryUser(ids: Ids): Launcher {
  if (process.getuid?.() !== 0) return async (launch) => launch;
  return async ({ file, args, env }, folder) => {
    const of = (name: string) => join(folder, name);
    for (const each of [folder, dirname(args[0] ?? ROOT)]) await chmod(each, 0o755);
    for (const name of ['root', 'home', 'project']) await mkdir(of(name), { recursive: true });
    // It makes its root and its socket itself.
    await chown(folder, UID, UID);
    for (const name of ['root', 'home']) await chown(of(name), UID, UID);
    await writeFile(of('node'), '');
    const files = {
      passwd: `${await readFile('/etc/passwd', 'utf8')}${NAME}:x:${UID}:${UID}::${of('home')}:/bin/sh\n`,
      subuid: ids === 'range' ? `${NAME}:700000:65536\n` : '',
      subgid: ids === 'range' ? `${NAME}:700000:65536\n` : '',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(of(name), text);
    // The project and Node may lie where only root can look.
    const script = [
      ...Object.keys(files).map((name) => `touch /etc/${name}; mount --bind "${of(name)}" /etc/${name}`),
      `mount --bind "${ROOT}" "${of('project')}"`,
      `mount --bind "${file}" "${of('node')}"`,
      `exec setpriv --reuid=${UID} --regid=${UID} --clear-groups --inh-caps=-all "${of('node')}" "$@"`,
    ].join(' && ');
    const inside = args.map((arg) => arg.replace(ROOT, of('project')));
    return {
      file: 'unshare',
      args: ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...inside],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: of('home'), ...marksOf(env) },
    };
  };
}

/** What finds the processes of a test run again. */
function marksOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('LAPSTRAKE_TEST')));
}
