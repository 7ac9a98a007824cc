import type { EngineAddress } from '../../protocol/engine-address.ts';

/** Where an engine listens: our own (started on demand), a unix socket, or a TCP address. */
export type EngineTarget =
  | { readonly kind: 'own'; readonly socket: string; readonly root: string }
  | { readonly kind: 'socket'; readonly socket: string }
  | { readonly kind: 'tcp'; readonly protocol: 'http' | 'https'; readonly host: string; readonly port: number };

/** A target, or why the text names none. */
export type ParsedTarget = { readonly target: EngineTarget } | { readonly problem: string };

/** Reads `lapstrake.engine.host`: empty or our own socket is the own engine; `unix://`, `/path`, `tcp://`, `http(s)://` are others. */
export function parseTarget(text: string, own: EngineAddress): ParsedTarget {
  const host = text.trim();
  const socket = host.startsWith('unix://') ? host.slice('unix://'.length) : host.startsWith('/') ? host : undefined;
  if (host === '' || socket === own.socket) return { target: { kind: 'own', ...own } };
  if (socket !== undefined) {
    return socket.startsWith('/')
      ? { target: { kind: 'socket', socket } }
      : { problem: `“${host}” names no socket: write unix:// and an absolute path.` };
  }
  const url = /^(tcp|http|https):\/\/(\[[0-9a-fA-F:]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(host);
  if (url === null)
    return { problem: `“${host}” is not an engine's address: use unix:///path, tcp://host:port or https://host:port.` };
  const protocol = url[1] === 'https' ? 'https' : 'http';
  const port = url[3] === undefined ? (protocol === 'https' ? 2376 : 2375) : Number(url[3]);
  return { target: { kind: 'tcp', protocol, host: (url[2] ?? '').replace(/^\[|\]$/g, ''), port } };
}

/** The address as `lapstrake.engine.host` and `DOCKER_HOST` spell it. */
export function targetUrl(target: EngineTarget): string {
  if (target.kind !== 'tcp') return `unix://${target.socket}`;
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${target.protocol === 'https' ? 'https' : 'tcp'}://${host}:${target.port}`;
}
