import type { Diagnostic } from 'vscode-languageserver/node';
import { contextProblems, diagnosticsOf } from './features/diagnostics.ts';
import type { Preview, Reading } from './reading.ts';
import { RetainedProblems } from './retained-problems.ts';

/** What is told of each open document: at once what its text says, later what its build context says. */
export class DocumentDiagnostics {
  private readonly retained = new Map<string, RetainedProblems>();

  /** What the text says, with what its context last said of instructions that are still there. Waits for nothing. */
  quick(reading: Reading): Diagnostic[] {
    const retained = this.retained.get(reading.uri)?.in(reading) ?? [];
    return diagnosticsOf(reading, reading.findings(), retained);
  }

  /** Everything, once the plan is made. */
  full(reading: Reading, preview: Preview): Diagnostic[] {
    const problems = contextProblems(reading, preview);
    const retained = this.retained.get(reading.uri) ?? new RetainedProblems();
    this.retained.set(reading.uri, retained);
    retained.keep(reading, problems);
    return diagnosticsOf(reading, reading.findings(), problems);
  }

  forget(uri: string): void {
    this.retained.delete(uri);
  }
}
