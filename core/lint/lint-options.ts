import type { FileTree } from '../plan/file-tree.ts';
import type { JudgedImage } from '../registry/registry-image.ts';
import type { ShellReader } from '../shell/shell-script.ts';
import type { CheckOptions } from './check-options.ts';
import type { LintSettings } from './lint-settings.ts';
import type { Rule } from './rule.ts';
import type { ShellCheckComment } from './shellcheck-comments.ts';
import type { CheckedScript } from './shellcheck-scripts.ts';

/** What rules may know of an image that a Dockerfile builds on. */
export interface LintBase {
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** Of its config; absent where it sets none. */
  readonly shell?: readonly string[];
  /** `node@sha256:…`, as the registries know it that it came from. */
  readonly repoDigests?: readonly string[];
  /** `80/tcp`; absent where they are not known. */
  readonly exposedPorts?: readonly string[];
  /** Names in its /etc/passwd; absent where they are not known. */
  readonly users?: readonly string[];
  /** `linux/amd64`; '' where that is not known. */
  readonly platform?: string;
}

/** A build context, as far as rules ask. */
export interface LintContext {
  /** Without what .dockerignore leaves out. */
  readonly tree: FileTree;
  /** Where there is none, nothing is left out. */
  readonly ignoreFile?: string;
}

/** What findings depend on beside the Dockerfile. */
export interface LintOptions {
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Tells what an image brings, by its name as FROM spells it, expanded; undefined where that is not known: variables
   * that it might set are then not reported as undefined. Without this function every image counts as having PATH only,
   * as BuildKit's own check does where it cannot resolve images.
   */
  readonly baseOf?: (reference: string) => LintBase | undefined;
  /** What its registry says of an image, by `registryName`; undefined as long as that is not known. */
  readonly registryOf?: (name: string) => JudgedImage | undefined;
  /** `linux/amd64`: what is built for where FROM does not say. Without it, images of any platform serve. */
  readonly platform?: string;
  /** Codes or aliases of rules to leave out, or all. */
  readonly skip?: readonly string[] | 'all';
  /** Codes or aliases of experimental rules to run, or all. */
  readonly experimental?: readonly string[] | 'all';
  /** Reads the shell in RUN. Without it rules see commands in exec form only. */
  readonly shell?: ShellReader;
  readonly settings?: LintSettings;
  /** In the place of the file's `check` directive. */
  readonly check?: CheckOptions;
  /** The rules that are run; all where absent. */
  readonly rules?: readonly Rule[];
  /** What ShellCheck says of a script; undefined where it was not asked. */
  readonly shellCheck?: (script: CheckedScript) => readonly ShellCheckComment[] | undefined;
  /** What COPY takes from; absent where it is not known. */
  readonly context?: LintContext;
}
