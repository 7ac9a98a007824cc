import * as z from 'zod/mini';

/** One value of `POST /build`'s answer, as far as it is read. */
const Wire = z.object({
  stream: z.optional(z.string()),
  status: z.optional(z.string()),
  id: z.optional(z.string()),
  progress: z.optional(z.string()),
  error: z.optional(z.string()),
  errorDetail: z.optional(
    z.object({
      code: z.optional(z.number()),
      message: z.optional(z.string()),
      /** Of our engine: what to do. */
      advice: z.optional(z.string()),
      /** Of our engine: the image that it keeps of what there was before. */
      stateBefore: z.optional(z.string()),
    }),
  ),
  aux: z.optional(z.object({ ID: z.optional(z.string()) })),
});

/** An instruction of the Dockerfile: where it stands, and its text in one line. */
export interface Instruction {
  /** 1 for the first line. */
  readonly line: number;
  readonly text: string;
}

/** The step that the builder is at. */
export interface Step {
  readonly number: number;
  readonly of: number;
  readonly text: string;
  /** Absent where no instruction of the file matches. */
  readonly line: number | undefined;
}

/** Why a build failed, and where. */
export interface BuildFailure {
  readonly message: string;
  readonly line: number | undefined;
  /** The image of what there was before a RUN that failed, where the engine keeps one. */
  readonly stateBefore?: string;
}

/** Reads the builder's answer: what to print, at which step it is, how it ended. */
export class BuildProgress {
  step: Step | undefined;
  failure: BuildFailure | undefined;
  imageId: string | undefined;
  readonly #claimed = new Set<number>();
  #line = '';

  constructor(
    private readonly instructions: readonly Instruction[],
    /** Gets each line of output, with the line of the Dockerfile where it begins a step. */
    private readonly print: (line: string, at: number | undefined) => void,
    private readonly onStep: (step: Step) => void = () => undefined,
  ) {}

  /** Takes one value of the answer. */
  take(value: unknown): void {
    const parsed = Wire.safeParse(value);
    if (!parsed.success) return;
    const { stream, status, id, progress, error, errorDetail, aux } = parsed.data;
    if (stream !== undefined) this.#text(stream);
    if (status !== undefined && progress === undefined) this.#text(`${id === undefined ? '' : `${id}: `}${status}\n`);
    if (aux?.ID !== undefined) this.imageId = aux.ID;
    const message = errorDetail?.message ?? error;
    if (message !== undefined) this.fail([message, errorDetail?.advice ?? ''].join('\n'), errorDetail?.stateBefore);
  }

  /** Prints what is left without a line's end. */
  end(): void {
    if (this.#line !== '') this.#text('\n');
  }

  /** Records why the build failed; the line is the one that the message names, else that of the step under way. */
  fail(message: string, stateBefore?: string): void {
    const named = /(?:\bline[ :]+|Dockerfile:)(\d+)/i.exec(message)?.[1];
    this.failure ??= {
      message: message.trim(),
      line: named === undefined ? this.step?.line : Number(named),
      ...(stateBefore !== undefined && { stateBefore }),
    };
  }

  #text(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#printLine(plain(line));
  }

  #printLine(line: string): void {
    const found = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
    if (found === null) {
      this.print(line, undefined);
      return;
    }
    const text = found[3] ?? '';
    this.step = { number: Number(found[1]), of: Number(found[2]), text, line: this.#locate(text) };
    this.print(line, this.step.line);
    this.onStep(this.step);
  }

  /** The first instruction with that text that no earlier step has claimed. */
  #locate(text: string): number | undefined {
    const wanted = squeeze(text);
    const found = this.instructions.find(
      (instruction) => !this.#claimed.has(instruction.line) && squeeze(instruction.text) === wanted,
    );
    if (found !== undefined) this.#claimed.add(found.line);
    return found?.line;
  }
}

/** Without colours, and of a line that redraws itself only the last drawing. */
function plain(line: string): string {
  return (
    line
      .replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')
      .replace(/\r+$/, '')
      .split('\r')
      .at(-1) ?? ''
  );
}

function squeeze(text: string): string {
  return text
    .replace(/\\\r?\n/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}
