import type { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileReader } from '../core/dockerfile/read.ts';
import { type Contexts, contextPlace } from './contexts.ts';
import type { EngineLink } from './engine-link.ts';
import { type Linter, Reading } from './reading.ts';

/** One reading for each open document: of its newest version. */
export class Readings {
  private readonly newest = new Map<string, Reading>();
  private readonly readers = new Map<string, DockerfileReader>();

  constructor(
    private readonly engine: EngineLink,
    private readonly contexts: Contexts,
    private readonly linter: Linter,
  ) {}

  of(document: TextDocument): Reading {
    const { uri, version } = document;
    const known = this.newest.get(uri);
    if (known?.version === version) return known;
    const reader = this.readers.get(uri) ?? new DockerfileReader();
    this.readers.set(uri, reader);
    const reading = new Reading(
      uri,
      version,
      document.getText(),
      contextPlace(uri),
      this.engine,
      this.contexts,
      this.linter,
      (text) => reader.read(text),
    );
    this.newest.set(uri, reading);
    return reading;
  }

  forget(uri: string): void {
    const place = this.newest.get(uri)?.place;
    if (place !== undefined) this.contexts.forget(place);
    this.newest.delete(uri);
    this.readers.delete(uri);
  }
}
