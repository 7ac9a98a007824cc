/** Characters of a step's output that are kept. */
const MOST = 256 << 10;

/** The end of what a command wrote. */
export class OutputTail {
  #parts: string[] = [];
  #length = 0;

  add(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length > 2 * MOST) this.#shorten();
  }

  /** Whole lines, where there is more than is kept. */
  text(): string {
    if (this.#length > MOST) this.#shorten();
    return this.#parts.join('');
  }

  /** The last lines that are not empty. */
  lastLines(count: number): string[] {
    const lines = this.text().split(/\r?\n|\r/);
    return lines.filter((line) => line.trim() !== '').slice(-count);
  }

  #shorten(): void {
    const all = this.#parts.join('');
    const end = all.slice(-MOST);
    this.#parts = [end.slice(end.indexOf('\n') + 1)];
    this.#length = this.#parts[0]!.length;
  }
}
