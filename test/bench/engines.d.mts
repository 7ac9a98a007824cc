export interface Engine {
  readonly name: string;
  readonly socket: string;
  /** Of its daemon. */
  readonly pid: number;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
}

export declare function startLapstrake(registryUrl: string): Promise<Engine>;

/** Starts a dockerd with a root, a socket and a bridge of its own, or says why none can be started. */
export declare function startDockerd(registryUrl: string): Promise<Engine | { readonly whyNot: string }>;
