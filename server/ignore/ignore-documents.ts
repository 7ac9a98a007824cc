import type { Connection, Diagnostic, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { kindOf } from '../document-kind.ts';
import { ignoreDiagnostics } from './ignore-features.ts';
import { ContextListings, IgnoreReading } from './ignore-reading.ts';

/** Milliseconds without a change before lines are held against the context. */
const PAUSE = 150;

/** Open .dockerignore files: the newest reading of each, and what is told of it. */
export class IgnoreDocuments {
  private readonly newest = new Map<string, IgnoreReading>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly told = new Map<string, Diagnostic[]>();
  private readonly listings: ContextListings;

  /** `rootOf`: the context that an ignore file is of; `tell` is called with what is to be told of a version. */
  constructor(
    private readonly connection: Connection,
    private readonly documents: TextDocuments<TextDocument>,
    rootOf: (uri: string) => string | undefined,
    private readonly tell: (uri: string, version: number, diagnostics: Diagnostic[]) => Promise<void>,
  ) {
    this.listings = new ContextListings(rootOf);
  }

  of(document: TextDocument): IgnoreReading {
    const { uri, version } = document;
    const known = this.newest.get(uri);
    if (known?.version === version) return known;
    const reading = new IgnoreReading(uri, version, document.getText(), this.listings);
    this.newest.set(uri, reading);
    return reading;
  }

  /** What was last told of a document. */
  diagnostics(uri: string): Diagnostic[] {
    return this.told.get(uri) ?? [];
  }

  changed({ uri }: TextDocument): void {
    clearTimeout(this.timers.get(uri));
    const judge = (): void => {
      this.timers.delete(uri);
      this.judge(uri).catch((error: unknown) => this.connection.console.error(`${uri}: ${String(error)}`));
    };
    this.timers.set(uri, setTimeout(judge, PAUSE));
  }

  /** Takes note of files that changed; says whether what is told of a document may be stale. */
  touch(uris: readonly string[]): boolean {
    const isStale = this.listings.touch(uris);
    if (isStale) this.changedAll();
    return isStale;
  }

  /** After a change of what files are held against. */
  changedAll(): void {
    for (const document of this.documents.all()) if (kindOf(document) === 'ignore') this.changed(document);
  }

  forget(uri: string): void {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
    this.newest.delete(uri);
    this.told.delete(uri);
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private async judge(uri: string): Promise<void> {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    const reading = this.of(document);
    const diagnostics = await ignoreDiagnostics(reading);
    if (this.documents.get(uri)?.version !== reading.version) return;
    this.told.set(uri, diagnostics);
    await this.tell(uri, reading.version, diagnostics);
  }
}
