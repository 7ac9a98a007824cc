/** How a container is found healthy (HEALTHCHECK). Absent figures are Docker's defaults. */
export interface Healthcheck {
  /** `['NONE']`, `['CMD', …]` or `['CMD-SHELL', command]`. */
  readonly test: readonly string[];
  /** Nanoseconds, as in an image's config. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}

/**
 * What an image says about the containers made of it (OCI image-spec, config.md, `config`), as plain values. Absent
 * lists are what the image leaves to its user; empty ones were set so.
 */
export interface ImageConfig {
  /** `NAME=value`, in the order in which they were first set. */
  readonly env: readonly string[];
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** '' where none is set, which means `/`. */
  readonly workingDir: string;
  readonly user: string;
  /** `8080/tcp`, in the order in which they were exposed. */
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
  readonly healthcheck?: Healthcheck;
  /** Of SHELL; absent means `["/bin/sh", "-c"]`. */
  readonly shell?: readonly string[];
  readonly onBuild: readonly string[];
  /** Of MAINTAINER: outside `config` in the image's JSON (`author`). */
  readonly author?: string;
}

/** The config of `FROM scratch`. */
export const EMPTY_CONFIG: ImageConfig = {
  env: [],
  workingDir: '',
  user: '',
  exposedPorts: [],
  volumes: [],
  labels: {},
  onBuild: [],
};

/** Shell of RUN, CMD and ENTRYPOINT in shell form, where no SHELL instruction set another. */
export const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

/** PATH of RUN and of the image where the base sets none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
