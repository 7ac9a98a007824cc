import { addAbortSignal, type Readable } from 'node:stream';

/** Cuts a byte stream of JSON values, one a line, into values. Lines that are no JSON are handed to `onGarbage`. */
export class JsonLines {
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(
    private readonly onValue: (value: unknown) => void,
    private readonly onGarbage: (line: string) => void = () => undefined,
  ) {}

  /** Takes the next chunk, however it is cut. */
  write(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** Takes what is left without a line's end. */
  end(): void {
    const line = this.#rest + this.#decoder.decode();
    this.#rest = '';
    this.#line(line);
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.onGarbage(line);
      return;
    }
    this.onValue(value);
  }
}

/** Hands on every value of an engine's answer, one a line, until it ends. Rejects with an AbortError where the signal ends it. */
export async function readJsonLines(
  answer: NodeJS.ReadableStream,
  onValue: (value: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const lines = new JsonLines(onValue);
  for await (const chunk of addAbortSignal(signal, answer as Readable)) lines.write(chunk as Buffer);
  lines.end();
  signal.throwIfAborted();
}
