import { contextProblems } from './features/diagnostics.ts';
import type { Preview } from './preview.ts';
import type { Reading } from './reading.ts';
import { RetainedProblems } from './retained-problems.ts';
import { type WrittenDiagnostics, writeDiagnostics } from './written-diagnostics.ts';

/** What is told of each open document: at once what its text says, later what its build context says. */
export class DocumentDiagnostics {
  private readonly retained = new Map<string, RetainedProblems>();

  /** `limit`: how many a document may have at most. */
  constructor(private readonly limit: () => number) {}

  /** What the text says, with what its context last said of instructions that are still there. Waits for nothing. */
  quick(reading: Reading): WrittenDiagnostics {
    const retained = this.retained.get(reading.uri)?.in(reading) ?? [];
    return writeDiagnostics(reading, reading.found(), retained, this.limit());
  }

  /** Everything, once the plan is made. */
  full(reading: Reading, preview: Preview): WrittenDiagnostics {
    const problems = contextProblems(reading, preview);
    const retained = this.retained.get(reading.uri) ?? new RetainedProblems();
    this.retained.set(reading.uri, retained);
    retained.keep(reading, problems);
    return writeDiagnostics(reading, reading.found(), problems, this.limit());
  }

  forget(uri: string): void {
    this.retained.delete(uri);
  }
}
