import type { EntryType } from './file-tree.ts';
import type { SourceRange } from './source-range.ts';

/** Where COPY, ADD and a bind or cache mount take their files from. */
export type Origin =
  | { readonly kind: 'context' }
  /** Index of another stage of the plan. */
  | { readonly kind: 'stage'; readonly stage: number }
  /** An image of the registry or the engine, as written. */
  | {
      readonly kind: 'image';
      readonly reference: string;
      /** It cannot be meant, which a problem tells: no image to ask for. */
      readonly refused?: true;
    };

/** One path that COPY or ADD makes in the image. */
export interface PlannedFile {
  /** In the origin's tree, relative; '' for the root. Of a heredoc: its name. */
  readonly source: string;
  /** In the image, absolute. Of an archive that is extracted: the directory into which. */
  readonly destination: string;
  readonly type: EntryType;
  /** Bytes of a file as it lies in the origin. */
  readonly size: number;
  /** Permission bits in the image, `--chmod` applied. */
  readonly mode: number;
  /** Of a symbolic link. */
  readonly linkTarget?: string;
  /** A local tar archive of ADD: what it holds lands at `destination`, not the archive. */
  readonly extract?: true;
  /** Number of the source, where that is a directory: among the files that come with it, hard links stay hard links. */
  readonly directory?: number;
}

/** One written source of COPY or ADD. */
export type CopySource =
  | {
      readonly kind: 'path';
      /** As written, expanded. */
      readonly text: string;
      readonly range: SourceRange;
      /** Index of each of the effect's `files` that it brings; absent where the origin's tree is not known yet. */
      readonly matched?: number;
    }
  | { readonly kind: 'heredoc'; readonly name: string; readonly content: string; readonly range: SourceRange }
  | { readonly kind: 'url'; readonly url: string; readonly fileName: string; readonly range: SourceRange }
  | { readonly kind: 'git'; readonly url: string; readonly range: SourceRange };

/**
 * How the written destination is read: `directory` puts every source into it, `file` makes a single source that path,
 * `into-if-directory` puts a single file into it where the image has a directory there, else makes the file that path.
 */
export type DestinationRule = 'directory' | 'file' | 'into-if-directory';

/** What COPY or ADD brings. */
export interface CopyEffect {
  readonly kind: 'copy';
  readonly origin: Origin;
  readonly sources: readonly CopySource[];
  /** Absolute and clean, without trailing slash but for `/`. */
  readonly destination: string;
  readonly destinationRule: DestinationRule;
  /** With `into-if-directory`: the image most likely has that directory, though the plan cannot see it. */
  readonly likelyDirectory?: true;
  /** What arrives, parents before children; absent where the origin is a stage or an image whose files are not known. */
  readonly files?: readonly PlannedFile[];
  readonly totals?: CopyTotals;
  /** A source is a directory: the destination becomes one, even where nothing is in it. */
  readonly isDirectory?: true;
  /** `user:group` of `--chown`, expanded; absent means 0:0 for what the context brings, else the owners that it has. */
  readonly chown?: string;
  /** Of `--chmod`, expanded: octal (`0644`) or symbolic (`u=rwX,go=rX`). */
  readonly chmod?: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  /** Whether tar archives are extracted: local ones of ADD, or all with `--unpack`. */
  readonly unpack: 'local' | 'all' | 'none';
  readonly checksum?: string;
  readonly keepGitDir: boolean;
}

/** Sums over the files of a COPY or ADD. */
export interface CopyTotals {
  /** Files and symbolic links, without directories. */
  readonly files: number;
  readonly directories: number;
  /** Bytes of the files, as they lie in the context: an archive counts as it is, a link with its target's length. */
  readonly bytes: number;
  /** Whether URLs, repositories or archives come on top, whose content the plan cannot see. */
  readonly more: boolean;
}

/** One `--mount` of RUN. */
export interface RunMount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** Absolute. */
  readonly target: string;
  /** Of bind and cache; absent for a cache that starts empty. */
  readonly origin?: Origin;
  /** Path in the origin, absolute. */
  readonly source: string;
  /** Of a bind mount of the context: what it shows, destinations below `target`; absent where it is not known. */
  readonly files?: readonly PlannedFile[];
  readonly readOnly: boolean;
  readonly id?: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  readonly required: boolean;
  /** Bytes, of tmpfs. */
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Environment variable that gets the secret. */
  readonly env?: string;
  /** Of a secret: it is not shown as a file, only in `env`. */
  readonly variableOnly?: true;
  readonly range: SourceRange;
}

/** What RUN executes. */
export interface RunEffect {
  readonly kind: 'run';
  /** The shell's words and the command, or the words of the exec form. */
  readonly argv: readonly string[];
  /** The command as the user wrote it, for progress and history. */
  readonly command: string;
  /** ENV and ARG in force, PATH always among them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in `environment` that come from ARG: not part of the image. */
  readonly argumentNames: readonly string[];
  /** Proxy variables given as build args without an ARG: in RUN's environment, but in no cache key and no image. */
  readonly proxy: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly user: string;
  readonly mounts: readonly RunMount[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  /** A heredoc with a `#!` line: a file with mode 0755 to put at `path`, read-only, for this RUN only. */
  readonly script?: { readonly path: string; readonly content: string };
}

/** What a step does to the image's files; its effect on the config is the step's `config`. */
export type Effect =
  | CopyEffect
  | RunEffect
  /** Makes the directory with its parents, mode 0755, owned by the user in force, unless it is there. */
  | { readonly kind: 'make-directory'; readonly path: string; readonly user: string }
  | { readonly kind: 'metadata' };
