import type { Writable } from 'node:stream';
import { formatSize } from '../../core/image/size.ts';
import type { BuildEvent } from '../../protocol/build-event.ts';

interface Row {
  readonly title: string;
  readonly began: number;
  state: 'running' | 'cached' | 'done';
  milliseconds: number;
  bytes: number;
  /** The last lines of its output. */
  tail: string[];
}

/** Lines of output that are shown of a step that runs. */
const TAIL = 6;
/** Milliseconds between two pictures. */
const PERIOD = 100;

/** A build as a tree of its steps on a terminal: those that run with their time and last lines, those done in one line each. */
export class BuildTree implements Disposable {
  readonly #rows = new Map<number, Row>();
  readonly #notes: string[] = [];
  readonly #pulls = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  readonly #began: number;
  #total = 0;
  #height = 0;

  constructor(
    private readonly out: Writable & { readonly columns?: number; readonly rows?: number },
    private readonly now: () => number,
  ) {
    this.#began = now();
    this.#timer = setInterval(() => this.draw(), PERIOD);
    this.#timer.unref();
  }

  readonly add = (event: BuildEvent): void => {
    if (event.step !== undefined) this.#inStep(event.step, event);
    else if (event.kind === 'step') {
      this.#total = event.total;
      const stage = event.platform === undefined ? event.stage : `${event.platform} ${event.stage}`;
      const title = `[${stage} ${event.number}/${event.total}] ${event.text}`;
      this.#rows.set(event.number, { title, began: this.now(), state: 'running', milliseconds: 0, bytes: 0, tail: [] });
      this.#pulls.clear();
    } else if (event.kind === 'warning') this.#note(`warning: ${at(event.range)}${event.message}`);
    else if (event.kind === 'pull') this.#pulling(event.record);
    else if (event.kind === 'tagged') this.#note(`tagged ${event.reference}`);
    else if (event.kind === 'built')
      this.#note(`built ${event.id}${event.platform === undefined ? '' : ` for ${event.platform}`}`);
  };

  /** Draws the last picture, which stays. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.draw();
  }

  draw(): void {
    const width = Math.max(20, this.out.columns ?? 80);
    const most = Math.max(5, (this.out.rows ?? 24) - 2);
    const lines = this.#lines();
    // What does not fit is what has been done longest.
    const shown = [lines[0]!, ...lines.slice(Math.max(1, lines.length - most))].map((line) => cut(line, width - 1));
    const up = this.#height === 0 ? '' : `\x1b[${this.#height}A`;
    this.out.write(`${up}\r\x1b[J${shown.join('\n')}\n`);
    this.#height = shown.length;
  }

  #lines(): string[] {
    const rows = [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    const done = rows.filter(({ state }) => state !== 'running').length;
    const lines = [`Building ${seconds(this.now() - this.#began)} (${done}/${this.#total})`];
    for (const row of rows) {
      const time = row.state === 'running' ? this.now() - row.began : row.milliseconds;
      const size = row.bytes > 0 ? `, ${formatSize(row.bytes)}` : '';
      lines.push(` => ${row.state === 'cached' ? 'CACHED ' : ''}${row.title}  ${seconds(time)}${size}`);
      if (row.state === 'running') lines.push(...row.tail.map((line) => ` => # ${line}`));
    }
    return [...lines, ...[...this.#pulls].map(([id, status]) => ` => ${id}: ${status}`), ...this.#notes];
  }

  #inStep(step: number, event: Extract<BuildEvent, { readonly step: number }>): void {
    const row = this.#rows.get(step);
    if (row === undefined) return;
    if (event.kind === 'cached') row.state = 'cached';
    else if (event.kind === 'output') row.tail = [...row.tail, ...linesOf(event.text)].slice(-TAIL);
    else if (event.kind === 'warning') this.#note(`warning: ${at(event.range)}${event.message}`);
    else if (event.kind === 'done') {
      if (row.state === 'running') row.state = 'done';
      row.milliseconds = event.milliseconds;
      row.bytes = event.bytes;
    }
  }

  #note(line: string): void {
    if (!this.#notes.includes(line)) this.#notes.push(line);
  }

  #pulling({ id, status, progress }: Readonly<Record<string, unknown>>): void {
    if (typeof id !== 'string' || typeof status !== 'string') return;
    this.#pulls.set(id, typeof progress === 'string' ? `${status} ${progress}` : status);
  }
}

function linesOf(text: string): string[] {
  // Only what a terminal shows of it: a command must not steer the picture.
  return text.split(/\r?\n|\r/).flatMap((line) => {
    const plain = [...line].filter((char) => char === '\t' || char >= ' ').join('');
    return plain.trim() === '' ? [] : [plain.replaceAll('\t', '  ')];
  });
}

function at(range: { readonly start: { readonly line: number } } | undefined): string {
  return range === undefined ? '' : `line ${range.start.line + 1}: `;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)}s`;
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
