import type { Flag, Heredoc, InstructionNode, Token } from './ast.ts';

/*
 * The typed instructions. What is missing or malformed in the source is absent here and told by a problem, so that
 * editors can work with half-written lines; where there is no error, everything that BuildKit demands is there.
 * Tokens are as written: variables are not expanded.
 */

interface InstructionOf<Kind extends string> {
  readonly kind: Kind;
  readonly node: InstructionNode;
}

/** `NAME=value`; of ARG the value may be absent. */
export interface Pair {
  readonly name: Token;
  readonly value: Token;
  /** `NAME value`, the old form of ENV and LABEL. */
  readonly legacy: boolean;
}

/** `NAME` or `NAME=value` of ARG. */
export interface Argument {
  readonly name: Token;
  readonly value?: Token;
}

/** The command of RUN, CMD, ENTRYPOINT, SHELL and HEALTHCHECK. */
export type CommandLine =
  /** For the shell; '' where nothing is written. */
  | { readonly form: 'shell'; readonly text: Token }
  /** A JSON array. */
  | { readonly form: 'exec'; readonly words: readonly Token[] };

/** One source of COPY or ADD: a path, a URL or a repository; or a heredoc, whose name becomes the file's. */
export type Source =
  | { readonly kind: 'path'; readonly path: Token }
  | { readonly kind: 'heredoc'; readonly marker: Token; readonly heredoc: Heredoc };

/** One `key=value` or `key` of a mount. */
export interface MountField {
  readonly key: Token;
  readonly value?: Token;
}

/** A `--mount` of RUN as written; `readMount` says what it means once variables have values. */
export interface MountFlag {
  readonly flag: Flag;
  readonly fields: readonly MountField[];
}

/** A `--device` of RUN. */
export interface DeviceFlag {
  readonly flag: Flag;
  readonly name: string;
  readonly required: boolean;
}

export interface FromInstruction extends InstructionOf<'FROM'> {
  readonly image?: Token;
  readonly platform?: Token;
  /** The word `AS`. */
  readonly as?: Token;
  /** As written; stage names count in lower case. */
  readonly stage?: Token;
}

export interface RunInstruction extends InstructionOf<'RUN'> {
  readonly command: CommandLine;
  readonly mounts: readonly MountFlag[];
  readonly devices: readonly DeviceFlag[];
  readonly network?: Token;
  readonly security?: Token;
}

interface CopyParts {
  readonly sources: readonly Source[];
  readonly destination?: Token;
  readonly chown?: Token;
  readonly chmod?: Token;
  readonly link: boolean;
  readonly exclude: readonly Token[];
}

export interface CopyInstruction extends InstructionOf<'COPY'>, CopyParts {
  readonly from?: Token;
  readonly parents: boolean;
}

export interface AddInstruction extends InstructionOf<'ADD'>, CopyParts {
  readonly checksum?: Token;
  /** Absent where no flag says so. */
  readonly keepGitDir?: boolean;
  readonly unpack?: boolean;
}

export interface EnvInstruction extends InstructionOf<'ENV'> {
  readonly pairs: readonly Pair[];
}

export interface LabelInstruction extends InstructionOf<'LABEL'> {
  readonly pairs: readonly Pair[];
}

export interface ArgInstruction extends InstructionOf<'ARG'> {
  readonly args: readonly Argument[];
}

export interface WorkdirInstruction extends InstructionOf<'WORKDIR'> {
  readonly path?: Token;
}

export interface UserInstruction extends InstructionOf<'USER'> {
  readonly user?: Token;
}

export interface ExposeInstruction extends InstructionOf<'EXPOSE'> {
  readonly ports: readonly Token[];
}

export interface VolumeInstruction extends InstructionOf<'VOLUME'> {
  readonly volumes: readonly Token[];
}

export interface CmdInstruction extends InstructionOf<'CMD'> {
  readonly command: CommandLine;
}

export interface EntrypointInstruction extends InstructionOf<'ENTRYPOINT'> {
  readonly command: CommandLine;
}

export interface ShellInstruction extends InstructionOf<'SHELL'> {
  readonly command: CommandLine;
}

export interface StopSignalInstruction extends InstructionOf<'STOPSIGNAL'> {
  readonly signal?: Token;
}

/** Times in nanoseconds, 0 where none is written, as image configs hold them. */
export interface HealthCheckTimes {
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

export interface HealthCheckInstruction extends InstructionOf<'HEALTHCHECK'> {
  /** `CMD` or `NONE`, as written. */
  readonly type?: Token;
  /** Absent for NONE. */
  readonly command?: CommandLine;
  readonly times: HealthCheckTimes;
}

export interface OnBuildInstruction extends InstructionOf<'ONBUILD'> {
  readonly trigger?: Instruction;
  /** What the image's config gets: the instruction in one line, heredocs after it. */
  readonly expression: string;
}

export interface MaintainerInstruction extends InstructionOf<'MAINTAINER'> {
  readonly maintainer?: Token;
}

/** No instruction that BuildKit knows. */
export type UnknownInstruction = InstructionOf<'UNKNOWN'>;

export type Instruction =
  | FromInstruction
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | EnvInstruction
  | ArgInstruction
  | LabelInstruction
  | WorkdirInstruction
  | UserInstruction
  | ExposeInstruction
  | VolumeInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | StopSignalInstruction
  | HealthCheckInstruction
  | OnBuildInstruction
  | MaintainerInstruction
  | UnknownInstruction;

export type InstructionKind = Instruction['kind'];

/** The instructions of that kind. */
export type InstructionOfKind<Kind extends InstructionKind> = Extract<Instruction, { readonly kind: Kind }>;

/** Every instruction that BuildKit knows, in the order in which people meet them. */
export const INSTRUCTION_NAMES = [
  'FROM',
  'RUN',
  'COPY',
  'ADD',
  'ENV',
  'ARG',
  'LABEL',
  'WORKDIR',
  'USER',
  'EXPOSE',
  'VOLUME',
  'CMD',
  'ENTRYPOINT',
  'SHELL',
  'STOPSIGNAL',
  'HEALTHCHECK',
  'ONBUILD',
  'MAINTAINER',
] as const satisfies readonly InstructionKind[];
