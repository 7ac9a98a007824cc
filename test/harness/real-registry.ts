import { ACCOUNT, startDockerRegistry } from '../../scripts/fixtures/docker-registry.mjs';

export { ACCOUNT };

/** Debian's docker-registry, empty, on the loopback address. */
export interface RealRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  stop(): Promise<void>;
}

/** Starts one; with `htpasswd`, only those who are named there get in. Undefined where it is not installed. */
export async function startRealRegistry(
  options: { readonly htpasswd?: string; readonly deletes?: boolean } = {},
): Promise<RealRegistry | undefined> {
  const registry = await startDockerRegistry(0, options);
  if (registry === undefined) return undefined;
  const { url, stop } = registry;
  return { url, stop, host: new URL(url).host, [Symbol.asyncDispose]: stop };
}
