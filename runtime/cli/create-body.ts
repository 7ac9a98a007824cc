import { resolve } from 'node:path';
import { parseMemory } from '../../core/image/size.ts';
import type { Arguments } from './arguments.ts';
import type { Surface } from './command.ts';
import { parsePublished } from './published-port.ts';
import { UsageError } from './usage-error.ts';

/** The body of `POST /containers/create` that `lapstrake run` sends. Error: UsageError for an option that makes no sense. */
export function createBody(args: Arguments, env: Surface['env']): Record<string, unknown> {
  const [image = '', ...command] = args.positionals;
  const isDetached = args.has('detach');
  const ports = args.texts('publish').map(parsePublished);
  const entrypoint = args.text('entrypoint');
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { key, hostIp, hostPort } of ports) {
    bindings[key] = [...(bindings[key] ?? []), { HostIp: hostIp, HostPort: hostPort }];
  }
  return {
    Image: image,
    Cmd: command.length === 0 ? null : command,
    Entrypoint: entrypoint === undefined ? null : [entrypoint],
    Hostname: args.text('hostname') ?? '',
    User: args.text('user') ?? '',
    WorkingDir: args.text('workdir') ?? '',
    Tty: args.has('tty'),
    OpenStdin: args.has('interactive'),
    StdinOnce: args.has('interactive') && !isDetached,
    AttachStdin: args.has('interactive') && !isDetached,
    AttachStdout: !isDetached,
    AttachStderr: !isDetached,
    Env: readEnv(args.texts('env'), env),
    Labels: Object.fromEntries(args.texts('label').map(keyValue)),
    ExposedPorts: Object.fromEntries(ports.map(({ key }) => [key, {}])),
    HostConfig: {
      AutoRemove: args.has('rm'),
      Binds: args.texts('volume').map(absoluteBind),
      PortBindings: bindings,
      PublishAllPorts: args.has('publish-all'),
      NetworkMode: args.text('network') ?? 'default',
      RestartPolicy: restartPolicy(args.text('restart') ?? 'no'),
      Memory: memory(args.text('memory')),
      NanoCpus: Math.round(number('--cpus', args.text('cpus')) * 1e9),
      PidsLimit: number('--pids-limit', args.text('pids-limit')),
      Privileged: args.has('privileged'),
      ReadonlyRootfs: args.has('read-only'),
      ...(args.has('init') ? { Init: true } : {}),
      CapAdd: args.texts('cap-add'),
      CapDrop: args.texts('cap-drop'),
      ExtraHosts: args.texts('add-host'),
      Tmpfs: Object.fromEntries(args.texts('tmpfs').map((each) => split(each, ':'))),
    },
  };
}

/** `NAME=VALUE` as it is; `NAME` with its value here, or not at all. */
export function readEnv(texts: readonly string[], env: Surface['env']): string[] {
  return texts.flatMap((text) => {
    if (text.includes('=')) return [text];
    const value = env[text];
    return value === undefined ? [] : [`${text}=${value}`];
  });
}

/** A relative path of the host means the folder that we are in. */
function absoluteBind(text: string): string {
  const [source = '', ...rest] = text.split(':');
  return source.startsWith('.') && rest.length > 0 ? [resolve(source), ...rest].join(':') : text;
}

function restartPolicy(text: string): { Name: string; MaximumRetryCount: number } {
  const [name, count] = split(text, ':');
  if (!['no', 'on-failure', 'always', 'unless-stopped'].includes(name)) {
    throw new UsageError(`--restart is no, on-failure[:N], always or unless-stopped, not '${text}'`);
  }
  return { Name: name, MaximumRetryCount: number('--restart', count || undefined) };
}

function memory(text: string | undefined): number {
  if (text === undefined) return 0;
  const bytes = parseMemory(text);
  if (bytes === undefined) throw new UsageError(`--memory is a size such as 512m, not '${text}'`);
  return bytes;
}

function number(option: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new UsageError(`${option} is a number, not '${text}'`);
  return value;
}

function keyValue(text: string): [string, string] {
  return split(text, '=');
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
