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
