import type { Connection, Diagnostic, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import { kindOf } from '../document-kind.ts';
import { diagnosticsOf } from '../features/diagnostics.ts';
import type { Reading } from '../reading.ts';
import { dockerfileFragments, type Fragment, fragmentAt } from './fragments.ts';
import { hangsOnLeftOut } from './left-out.ts';
import { intoFragment, isWritten, outOfFragment, rangeIntoFragment } from './mapping.ts';

/** Milliseconds without a change before fragments are judged. */
const PAUSE = 150;

/** A fragment read as a Dockerfile, and the way there and back. */
export interface FragmentReading {
  readonly reading: Reading;
  into(position: Position): Position;
  rangeInto(range: Range): Range;
  out<Answer>(answer: Answer): Answer;
}

interface Read {
  readonly version: number;
  readonly fragments: readonly Fragment[];
  readonly readings: Map<Fragment, Reading>;
}

/** Open Markdown documents: the Dockerfiles in them, and what is told of those. */
export class MarkdownDocuments {
  private readonly newest = new Map<string, Read>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Documents of which something is told. */
  private readonly blamed = new Set<string>();

  /** `read` reads a Dockerfile that has no build context; `shown`: what of a document's diagnostics is told. */
  constructor(
    private readonly connection: Connection,
    private readonly documents: TextDocuments<TextDocument>,
    private readonly read: (uri: string, version: number, text: string) => Reading,
    private readonly shown: (list: readonly Diagnostic[]) => Diagnostic[],
  ) {}

  /** The fragment at a place; undefined where none is. */
  at(document: TextDocument, position: Position): FragmentReading | undefined {
    const read = this.of(document);
    const fragment = fragmentAt(read.fragments, position);
    if (fragment === undefined) return undefined;
    return {
      reading: this.readingOf(document, read, fragment),
      into: (place) => intoFragment(fragment, place),
      rangeInto: (range) => rangeIntoFragment(fragment, range),
      out: (answer) => outOfFragment(fragment, answer),
    };
  }

  changed({ uri }: TextDocument): void {
    clearTimeout(this.timers.get(uri));
    const judge = (): void => {
      this.timers.delete(uri);
      this.judge(uri).catch((error: unknown) => this.connection.console.error(`${uri}: ${String(error)}`));
    };
    this.timers.set(uri, setTimeout(judge, PAUSE));
  }

  /** After a change of what fragments are judged by. */
  changedAll(): void {
    for (const document of this.documents.all()) if (kindOf(document) === 'markdown') this.changed(document);
  }

  forget(uri: string): void {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
    this.newest.delete(uri);
    if (this.blamed.delete(uri)) void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private of(document: TextDocument): Read {
    const { uri, version } = document;
    const known = this.newest.get(uri);
    if (known?.version === version) return known;
    const read = { version, fragments: dockerfileFragments(document.getText()), readings: new Map() };
    this.newest.set(uri, read);
    return read;
  }

  private readingOf({ uri, version }: TextDocument, { readings }: Read, fragment: Fragment): Reading {
    const known = readings.get(fragment);
    if (known !== undefined) return known;
    const reading = this.read(uri, version, fragment.text);
    readings.set(fragment, reading);
    return reading;
  }

  private async judge(uri: string): Promise<void> {
    const document = this.documents.get(uri);
    if (document === undefined) return;
    const read = this.of(document);
    const found: Diagnostic[] = [];
    for (const fragment of read.fragments) {
      const reading = this.readingOf(document, read, fragment);
      await reading.preview();
      const own = diagnosticsOf(reading, reading.findings()).filter(
        (each) => isWritten(fragment, each.range.start) && !hangsOnLeftOut(fragment, reading, each),
      );
      found.push(...outOfFragment(fragment, own));
    }
    if (this.documents.get(uri)?.version !== read.version) return;
    if (found.length === 0 && !this.blamed.delete(uri)) return;
    if (found.length > 0) this.blamed.add(uri);
    await this.connection.sendDiagnostics({ uri, version: read.version, diagnostics: this.shown(found) });
  }
}
