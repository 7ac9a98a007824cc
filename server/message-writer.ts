import type { Writable } from 'node:stream';
import { AbstractMessageWriter, type Message, type MessageWriter } from 'vscode-languageserver/node';
import { WrittenDiagnostics } from './written-diagnostics.ts';

/**
 * Writes each message with its header at once, so that who reads it wakes up once for it (Language Server Protocol, base
 * protocol). Diagnostics that are written already are taken as they are.
 */
export class WholeMessageWriter extends AbstractMessageWriter implements MessageWriter {
  private errorCount = 0;

  constructor(private readonly stream: Writable) {
    super();
    stream.on('error', (error) => this.fireError(error));
    stream.on('close', () => this.fireClose());
  }

  /** Rejects where the stream could not take it. */
  write(message: Message): Promise<void> {
    const parts = partsOf(message);
    const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const bytes = Buffer.concat([Buffer.from(`Content-Length: ${length}\r\n\r\n`), ...parts]);
    return new Promise((resolve, reject) => {
      this.stream.write(bytes, (error) => {
        if (!error) {
          this.errorCount = 0;
          resolve();
          return;
        }
        this.fireError(error, message, ++this.errorCount);
        reject(error);
      });
    });
  }

  end(): void {
    this.stream.end();
  }
}

/** A message in JSON and UTF-8. */
function partsOf(message: Message): readonly Buffer[] {
  for (const part of ['params', 'result']) {
    const { [part]: body, ...others }: Record<string, unknown> = { ...message };
    if (typeof body !== 'object' || body === null) continue;
    for (const [name, value] of Object.entries(body)) {
      if (!(value instanceof WrittenDiagnostics)) continue;
      const rest = openedFor(name, { ...body, [name]: undefined });
      return [Buffer.from(openedFor(part, others) + rest), ...value.parts, Buffer.from('}}')];
    }
  }
  return [Buffer.from(JSON.stringify(message))];
}

/** An object in JSON, that is not empty, up to the value of one more property. */
function openedFor(name: string, others: object): string {
  return `${JSON.stringify(others).slice(0, -1)},${JSON.stringify(name)}:`;
}
