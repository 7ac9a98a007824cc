import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, unavailable } from '../errors.ts';
import { ProgramError, run } from '../os/spawn.ts';
import { certificatesFolderFor, tlsSettings } from './git-tls.ts';
import { keepFile } from './kept-file.ts';

/** How repositories are reached, and who for. */
export interface GitAccess {
  /** Folder in which the keys of hosts are remembered that were reached by SSH. */
  readonly folder: string;
  /** Socket of the SSH agent that the build was given. */
  readonly sshAgent?: string | undefined;
  /** Secrets of the build: `GIT_AUTH_TOKEN` and `GIT_AUTH_HEADER` prove to HTTP servers who asks, as in BuildKit. */
  readonly secrets?: ReadonlyMap<string, Buffer> | undefined;
  /** Of the engine: proxies and the file of authorities are read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folders of certificates, as `certificateFolders` names them. */
  readonly certificates: readonly string[];
}

const PASSED_ON = /^(?:https?|no|all)_proxy$/i;

/**
 * Runs git for a repository that somebody names: with no configuration and no hooks of this machine, no credentials but
 * those of the build, no prompt, and no way to files or programs of this machine (`file://`, `ext::`), not even by a
 * redirect or a submodule. Errors: EngineError `invalid` with git's own words, `unavailable` where there is no git.
 */
export async function git(
  args: readonly string[],
  subject: string,
  access: GitAccess,
  signal: AbortSignal,
): Promise<string> {
  await mkdir(access.folder, { recursive: true, mode: 0o700 });
  const config = await configFor(subject, access);
  try {
    const { stdout } = await run('git', args, { env: environment(subject, access, config), signal });
    return stdout.toString();
  } catch (cause) {
    if (!(cause instanceof ProgramError)) throw cause;
    if (cause.code === 'program-missing') {
      const message = `${subject} cannot be fetched: git is not installed on the engine's machine: install it there`;
      throw unavailable({ code: 'git-missing', message, subject, cause });
    }
    const said = cause.stderr.replace(/^fatal: /gm, '').trim();
    const folder = /certificate|SSL/i.test(said) ? certificatesFolderFor(subject, access.certificates) : undefined;
    const hint = folder === undefined ? '' : `: put its authority's certificate into ${folder}, as a file *.crt`;
    throw invalid({
      code: 'git-failed',
      message: `failed to fetch ${withoutPassword(subject)}: ${said}${hint}`,
      subject,
      cause,
    });
  }
}

/** An address as it may be shown. */
export function withoutPassword(remote: string): string {
  return remote.replace(/^(\w+:\/\/[^/@:]*):[^/@]*@/, '$1:xxxxx@');
}

/** What holds for submodules too, which see no setting of the environment but the file that it names. */
const SETTINGS = `[core]
	hooksPath = /dev/null
	fsmonitor = false
[gc]
	auto = 0
[pack]
	threads = 1
[advice]
	detachedHead = false
[safe]
	directory = *
`;

/** Writes the settings for an address; what differs has another name, since others may be at work. */
async function configFor(remote: string, access: GitAccess): Promise<string> {
  return keepFile(access.folder, SETTINGS + (await tlsSettings(remote, access)), '.config');
}

function environment(remote: string, access: GitAccess, config: string): Record<string, string> {
  const { folder, sshAgent, secrets, env } = access;
  const passed = Object.entries(env).filter(([name, value]) => PASSED_ON.test(name) && value !== undefined);
  // A new repository has settings of its own, which go before the file's.
  const settings = Object.entries({ 'core.logAllRefUpdates': 'false', ...authorization(remote, secrets) });
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    PATH: env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: 'http:https:ssh:git',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: config,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    GIT_SSH_COMMAND: sshCommand(folder, sshAgent !== undefined),
    ...(sshAgent !== undefined && { SSH_AUTH_SOCK: sshAgent }),
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** A host that is new is trusted, and from then on has to show the same key. */
function sshCommand(folder: string, hasAgent: boolean): string {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile="${join(folder, 'known_hosts')}"`,
    'IdentityFile=none',
    `IdentityAgent=${hasAgent ? 'SSH_AUTH_SOCK' : 'none'}`,
  ];
  return [
    'ssh',
    '-F',
    '/dev/null',
    ...options.flatMap((option) => ['-o', `'${option.replaceAll("'", "'\\''")}'`]),
  ].join(' ');
}

/** Only the server that the address names is told. */
function authorization(remote: string, secrets: GitAccess['secrets']): Record<string, string> {
  if (!/^https?:/i.test(remote) || secrets === undefined) return {};
  const { host, origin } = new URL(remote);
  const secret = (name: string): string | undefined =>
    (secrets.get(`${name}.${host}`) ?? secrets.get(name))?.toString();
  const token = secret('GIT_AUTH_TOKEN')?.trim();
  const header =
    secret('GIT_AUTH_HEADER')?.trim() ??
    (token === undefined ? undefined : `basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`);
  return header === undefined ? {} : { [`http.${origin}/.extraheader`]: `Authorization: ${header}` };
}
