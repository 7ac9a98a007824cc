import type { Connection, Diagnostic, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { diagnosticsOf } from './features/diagnostics.ts';
import type { Reading } from './reading.ts';
import type { Readings } from './readings.ts';

/** Milliseconds without a change before a text is judged. */
const PAUSE = 120;
/** Milliseconds after which what the text says by itself is told without what its context says. */
const PATIENCE = 400;

/** Publishes diagnostics some time after the last change, of the newest version only. */
export class DiagnosticsPublisher {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly connection: Connection,
    private readonly documents: TextDocuments<TextDocument>,
    private readonly readings: Readings,
  ) {}

  schedule({ uri }: TextDocument): void {
    clearTimeout(this.timers.get(uri));
    const publish = (): void => {
      this.timers.delete(uri);
      this.told(uri, this.publish(uri));
    };
    this.timers.set(uri, setTimeout(publish, PAUSE));
  }

  publishAll(): void {
    for (const document of this.documents.all()) this.schedule(document);
  }

  /** Takes a closed document's diagnostics away. */
  clear(uri: string): void {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private told(uri: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.connection.console.error(`diagnostics of ${uri}: ${String(error)}`));
  }

  private async publish(uri: string): Promise<void> {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    const reading = this.readings.of(document);
    const preview = reading.preview();
    const early = setTimeout(() => this.told(uri, this.send(reading, diagnosticsOf(reading))), PATIENCE);
    try {
      await this.send(reading, diagnosticsOf(reading, await preview));
    } finally {
      clearTimeout(early);
    }
  }

  private async send({ uri, version }: Reading, diagnostics: Diagnostic[]): Promise<void> {
    const isNewest = this.documents.get(uri)?.version === version && !this.timers.has(uri);
    if (isNewest) await this.connection.sendDiagnostics({ uri, version, diagnostics });
  }
}
