/** What `defaultAddress` needs to know of a process: its environment, its numeric user ID, its home. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly home: string;
}

/** Where the user's own engine keeps its data and listens, when no flag says otherwise. */
export interface EngineAddress {
  /** Absolute path of the unix socket. */
  readonly socket: string;
  /** Absolute path of the data root. */
  readonly root: string;
}

/** `LAPSTRAKE_HOST` (a `unix://` URL) and `LAPSTRAKE_ROOT` win, then XDG's folders, then their defaults for root and for users. */
export function defaultAddress({ env, uid, home }: Surroundings): EngineAddress {
  const runtimeDir = env.XDG_RUNTIME_DIR || (uid === 0 ? '/run' : `/tmp/lapstrake-${uid}`);
  const dataDir = env.XDG_DATA_HOME || (uid === 0 ? '/var/lib' : `${home}/.local/share`);
  const host = env.LAPSTRAKE_HOST;
  return {
    socket: host?.startsWith('unix://') ? host.slice('unix://'.length) : `${runtimeDir}/lapstrake/lapstrake.sock`,
    root: env.LAPSTRAKE_ROOT || `${dataDir}/lapstrake`,
  };
}
