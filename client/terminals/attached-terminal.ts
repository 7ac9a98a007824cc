import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import * as vscode from 'vscode';

/** A process of a container whose terminal has been opened through the API. */
export interface AttachedProcess {
  /** The hijacked connection: raw bytes of the terminal, both ways. */
  readonly stream: Duplex;
  resize(size: vscode.TerminalDimensions): Promise<void>;
  /** Called when the terminal is closed while the process runs. */
  hangUp(): Promise<void>;
  /** Asked once the stream has ended; undefined where the engine cannot say. */
  exitCode(): Promise<number | undefined>;
}

/** Opens the process at the size that the terminal has; `signal` aborts when the terminal is closed first. */
export type Attach = (size: vscode.TerminalDimensions, signal: AbortSignal) => Promise<AttachedProcess>;

const DEFAULT_SIZE: vscode.TerminalDimensions = { columns: 80, rows: 24 };

/** A VS Code terminal over a container's terminal: no docker binary, no local pty. */
export class AttachedTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number | undefined>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  readonly #closing = new AbortController();
  #process: AttachedProcess | undefined;
  #size = DEFAULT_SIZE;

  constructor(
    private readonly attach: Attach,
    private readonly explain: (error: unknown) => string,
  ) {}

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#size = size ?? DEFAULT_SIZE;
    void this.#run(this.#size).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      this.#write.fire(`\x1b[31m${this.explain(error).replaceAll('\n', '\r\n')}\x1b[0m\r\n`);
      this.#close.fire(undefined);
    });
  }

  close(): void {
    this.#closing.abort();
    const attached = this.#process;
    // The engine may be gone as well; then there is nothing left to hang up.
    void attached
      ?.hangUp()
      .catch(() => undefined)
      .finally(() => attached.stream.destroy());
  }

  handleInput(data: string): void {
    this.#process?.stream.write(data);
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    // A process that has just ended cannot be resized; its end is announced by the stream.
    void this.#process?.resize(size).catch(() => undefined);
  }

  async #run(size: vscode.TerminalDimensions): Promise<void> {
    const attached = await this.attach(size, this.#closing.signal);
    if (this.#closing.signal.aborted) {
      attached.stream.destroy();
      return;
    }
    this.#process = attached;
    if (this.#size !== size) this.setDimensions(this.#size);
    const decoder = new StringDecoder('utf8');
    attached.stream.on('data', (chunk: Buffer) => this.#write.fire(decoder.write(chunk)));
    await new Promise<void>((resolve) => {
      attached.stream.once('end', resolve);
      attached.stream.once('close', resolve);
      attached.stream.once('error', resolve);
    });
    attached.stream.destroy();
    if (this.#closing.signal.aborted) return;
    const code = await attached.exitCode();
    this.#process = undefined;
    this.#close.fire(code);
  }
}
