import { conflict, type EngineError, invalid, isKind, notFound } from '../errors.ts';
import type { Container } from './container.ts';
import type { ContainerRecord } from './record.ts';

/** A container that another one knows by a name of its own (`--link name:alias`). */
export interface Link {
  readonly alias: string;
  readonly container: Container;
}

/** Reads `name:alias`, or a name alone. Error: EngineError `invalid`. */
export function parseLink(text: string): { readonly name: string; readonly alias: string } {
  const [name = '', alias, ...rest] = text.split(':');
  if (name === '' || alias === '' || rest.length > 0) {
    throw invalid({ code: 'link-invalid', message: `bad format for links: ${text}`, subject: text });
  }
  const plain = name.replace(/^\//, '');
  return { name: plain, alias: (alias ?? plain).replace(/^.*\//, '') };
}

/** Takes away a link, named as `container/alias`. Errors: EngineError `not-found`; `conflict` for a container's own name. */
export async function removeLink(containers: { get(name: string): Container }, path: string): Promise<void> {
  const [owner = '', alias] = path.replace(/^\//, '').split('/');
  const container = find(containers, owner, path);
  if (alias === undefined) {
    const message = 'Conflict, cannot remove the default link name of the container';
    throw conflict({ code: 'link-is-name', message, subject: container.id });
  }
  const { hostConfig } = container.record;
  const rest = hostConfig.Links.filter((text) => parseLink(text).alias !== alias);
  if (rest.length === hostConfig.Links.length) {
    throw linkNotFound(path);
  }
  await container.update({ hostConfig: { ...hostConfig, Links: rest } });
}

/** Docker knows links by the whole path. */
function find(containers: { get(name: string): Container }, owner: string, path: string): Container {
  try {
    return containers.get(owner);
  } catch (error) {
    throw isKind(error, 'not-found') ? linkNotFound(path) : error;
  }
}

function linkNotFound(path: string): EngineError {
  return notFound({ code: 'link-not-found', message: `No such container: ${path}`, subject: path });
}

/** The links of a container on the default bridge. Errors: EngineError `not-found`, `conflict` for one that does not run. */
export function linksOf(record: ContainerRecord, get: (name: string) => Container): Link[] {
  return record.hostConfig.Links.map((text) => {
    const { name, alias } = parseLink(text);
    const container = get(name);
    if (container.run !== undefined) return { alias, container };
    throw conflict({
      code: 'link-not-running',
      message: `Cannot link to a non running container: /${container.name} AS /${record.name}/${alias}`,
      subject: container.id,
    });
  });
}

/** What /etc/hosts says of a linked container: its names, a colon, its address. */
export function linkHosts({ alias, container }: Link): string[] {
  const ip = addressOf(container);
  if (ip === undefined) return [];
  return [`${[...new Set([alias, container.record.config.Hostname, container.name])].join(' ')}:${ip}`];
}

/** The variables by which a program finds the ports of a linked container, as Docker has always set them. */
export function linkEnv(own: string, { alias, container }: Link): string[] {
  const ip = addressOf(container);
  const prefix = alias.replaceAll('-', '_').toUpperCase();
  const { config } = container.record;
  const ports = Object.keys(config.ExposedPorts)
    .map((key) => key.split('/', 2))
    .sort(([a], [b]) => Number(a) - Number(b));
  const out = [`${prefix}_NAME=/${own}/${alias}`];
  for (const [index, [port = '', protocol = 'tcp']] of ports.entries()) {
    const name = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    const url = `${protocol}://${ip}:${port}`;
    if (index === 0) out.push(`${prefix}_PORT=${url}`);
    out.push(`${name}=${url}`, `${name}_ADDR=${ip}`, `${name}_PORT=${port}`, `${name}_PROTO=${protocol}`);
  }
  for (const variable of config.Env) {
    if (!/^(HOME|PATH|HOSTNAME)=/.test(variable)) out.push(`${prefix}_ENV_${variable}`);
  }
  return out;
}

function addressOf({ run }: Container): string | undefined {
  return run?.attachment.endpoints[0]?.ip;
}
