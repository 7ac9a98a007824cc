import type { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileReader } from '../core/dockerfile/dockerfile-reader.ts';
import { IncrementalLinter } from '../core/lint/incremental/incremental-linter.ts';
import { PlanMemory } from '../core/plan/plan-memory.ts';
import type { Contexts } from './contexts.ts';
import type { EngineLink } from './engine-link.ts';
import { type Linter, type Reader, Reading } from './reading.ts';

/** What the last version of a document left behind, so that the next one is read and judged where it changed. */
interface Memory {
  readonly reader: DockerfileReader;
  readonly linter: IncrementalLinter;
  readonly plans: NonNullable<Reader['plans']>;
}

function newMemory(): Memory {
  return {
    reader: new DockerfileReader(),
    linter: new IncrementalLinter(),
    plans: { first: new PlanMemory(), full: new PlanMemory() },
  };
}

/** One reading for each open document: of its newest version. */
export class Readings {
  private readonly newest = new Map<string, Reading>();
  private readonly memories = new Map<string, Memory>();

  constructor(
    private readonly engine: EngineLink,
    private readonly contexts: Contexts,
    private readonly linter: Linter,
  ) {}

  of(document: TextDocument): Reading {
    const { uri, version } = document;
    const known = this.newest.get(uri);
    const place = this.contexts.placeOf(uri);
    const isInPlace = known?.place?.root === place?.root;
    if (known?.version === version && isInPlace) return known;
    const memory = this.memories.get(uri) ?? newMemory();
    this.memories.set(uri, memory);
    const context = isInPlace ? known?.knownContext : undefined;
    let moveCount = 0;
    const reading = new Reading(uri, version, document.getText(), place, this.engine, this.contexts, this.linter, {
      read: (text) => {
        const parsed = memory.reader.read(text);
        moveCount = memory.reader.moveCount;
        return parsed;
      },
      isOvertaken: () => memory.reader.moveCount !== moveCount,
      lint: (dockerfile, text, options) => memory.linter.lint(dockerfile, text, options),
      plans: memory.plans,
      ...(context && { context }),
    });
    this.newest.set(uri, reading);
    return reading;
  }

  forget(uri: string): void {
    const place = this.newest.get(uri)?.place;
    if (place !== undefined) this.contexts.forget(place);
    this.newest.delete(uri);
    this.memories.delete(uri);
  }
}
