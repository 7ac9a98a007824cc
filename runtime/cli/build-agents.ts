import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Cleanup } from '../build/cleanup.ts';
import { isKind } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { type Program, runAny, start } from '../os/spawn.ts';
import type { Surface } from './command.ts';
import { UsageError } from './usage-error.ts';

/** SSH agents that a build is given: sockets by id. Those that were started for it end with the disposal. */
export interface BuildAgents extends AsyncDisposable {
  readonly sockets: Readonly<Record<string, string>>;
}

/**
 * Reads what `--ssh` names: `default`, `NAME`, `NAME=SOCKET` or `NAME=KEY[,KEY]`; without either, the agent of
 * SSH_AUTH_SOCK. For keys an agent is started that has them and nothing else. Error: UsageError.
 */
export async function openAgents(
  texts: readonly string[],
  surface: Pick<Surface, 'env' | 'folder' | 'signal'>,
): Promise<BuildAgents> {
  const cleanup = new Cleanup();
  const sockets: Record<string, string> = {};
  try {
    for (const text of texts) {
      const [, id = '', given] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
      const name = id || 'default';
      const socket = surface.env.SSH_AUTH_SOCK;
      if (given !== undefined && given !== '') {
        sockets[name] = await socketOf(
          text,
          given.split(',').map((each) => resolve(surface.folder, each)),
          surface,
          cleanup,
        );
      } else if (socket !== undefined && socket !== '') sockets[name] = resolve(surface.folder, socket);
      else
        throw new UsageError(
          `--ssh ${text}: there is no SSH agent: start one, or name its socket or a key with ${name}=PATH`,
        );
    }
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
  return { sockets, [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose]() };
}

type Ground = Pick<Surface, 'env' | 'signal'>;

/** A socket is an agent's; files are keys. */
async function socketOf(text: string, paths: readonly string[], ground: Ground, cleanup: Cleanup): Promise<string> {
  const kinds = await Promise.all(paths.map(kindOf));
  const missing = paths.find((_, i) => kinds[i] === undefined);
  if (missing !== undefined) throw new UsageError(`--ssh ${text}: ${missing} is neither a socket nor a key`, missing);
  const [first = ''] = paths;
  if (kinds.every((kind) => kind === 'key')) return agentWith(text, paths, ground, cleanup);
  if (paths.length === 1) return first;
  throw new UsageError(`--ssh ${text}: it is one socket, or keys`, text);
}

async function kindOf(path: string): Promise<'socket' | 'key' | undefined> {
  try {
    const stats = await stat(path);
    if (stats.isSocket()) return 'socket';
    return stats.isFile() ? 'key' : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined;
    throw error;
  }
}

async function agentWith(text: string, keys: readonly string[], { env, signal }: Ground, cleanup: Cleanup) {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-ssh-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const socket = join(folder, 'agent');
  const agent = await startAgent(text, socket);
  cleanup.defer(async () => {
    agent.kill();
    await agent.exited;
  });
  const given = Object.fromEntries(
    Object.entries({ ...env, SSH_AUTH_SOCK: socket }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
  for (const key of keys) {
    const { exitCode, stderr } = await runAny('ssh-add', ['-q', key], { env: given, signal });
    if (exitCode !== 0) throw new UsageError(`--ssh ${text}: ${key} cannot be used: ${stderr.trim()}`, key);
  }
  return socket;
}

/** It listens when it tells of its socket. */
async function startAgent(text: string, socket: string): Promise<Program> {
  try {
    const agent = await start('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    await Promise.race([once(agent.stdout!, 'data'), agent.exited]);
    return agent;
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    throw new UsageError(`--ssh ${text}: ssh-agent, which is to hold the key, is not installed`, text);
  }
}
