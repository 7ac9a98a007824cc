import type { DocumentDiagnosticReportKind } from 'vscode-languageserver/node';
import type { DocumentDiagnostics } from './document-diagnostics.ts';
import type { Reading } from './reading.ts';
import type { WrittenDiagnostics } from './written-diagnostics.ts';

interface Answer {
  readonly reading: Reading;
  readonly id: string;
  readonly items: WrittenDiagnostics;
}

/** A `DocumentDiagnosticReport` of which the list is written already. */
export type WrittenReport =
  | { readonly kind: typeof DocumentDiagnosticReportKind.Unchanged; readonly resultId: string }
  | {
      readonly kind: typeof DocumentDiagnosticReportKind.Full;
      readonly resultId: string;
      readonly items: WrittenDiagnostics;
    };

/** Diagnostics for a client that asks for them: at once what the text says; once more where the context says more. */
export class PulledDiagnostics {
  private readonly answers = new Map<string, Answer>();
  private count = 0;

  /** `refresh` is to make the client ask again. */
  constructor(
    private readonly diagnostics: DocumentDiagnostics,
    private readonly refresh: () => void,
  ) {}

  answer(reading: Reading, previousId: string | undefined): WrittenReport {
    const known = this.answers.get(reading.uri);
    const answer = known?.reading === reading ? known : this.put(reading, this.diagnostics.quick(reading));
    if (answer.id === previousId) return { kind: 'unchanged', resultId: answer.id };
    return { kind: 'full', resultId: answer.id, items: answer.items };
  }

  /** Takes what is known of a version by now: where that is not what was answered, the client is to ask again. */
  planned(reading: Reading, diagnostics: WrittenDiagnostics): void {
    const known = this.answers.get(reading.uri);
    if (known === undefined) return;
    const { id } = this.put(reading, diagnostics);
    if (id !== known.id) this.refresh();
  }

  forget(uri: string): void {
    this.answers.delete(uri);
  }

  /** The same diagnostics keep their id. */
  private put(reading: Reading, items: WrittenDiagnostics): Answer {
    const known = this.answers.get(reading.uri);
    const id = known?.items.isSame(items) ? known.id : String(++this.count);
    const answer = { reading, id, items };
    this.answers.set(reading.uri, answer);
    return answer;
  }
}
