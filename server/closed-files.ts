import type { Diagnostic, WorkspaceDocumentDiagnosticReport, WorkspaceSymbol } from 'vscode-languageserver/node';
import { readDockerfile } from '../core/dockerfile/read.ts';
import { judge } from '../core/lint/lint.ts';
import { type CheckedScript, shellCheckScripts } from '../core/lint/shellcheck-scripts.ts';
import { diagnosticOf } from './features/diagnostics.ts';
import { workspaceSymbols } from './features/workspace-symbols.ts';
import { localPath } from './local-path.ts';
import { PLATFORM } from './preview.ts';
import type { Linter } from './reading.ts';
import type { Workspace } from './workspace.ts';

/** What the editor has of a file: the id of its diagnostics. */
interface Previous {
  readonly uri: string;
  readonly value: string;
}

/** What is told of Dockerfiles that are not open: what their own text says, without context and engine. */
export class ClosedFiles {
  private readonly changed: (() => void)[] = [];
  private generation = 0;

  constructor(
    private readonly workspace: Workspace,
    private readonly linter: Linter,
    /** URIs of open documents. */
    private readonly open: () => readonly string[],
  ) {}

  /** Makes waiting questions be answered anew. */
  touch(): void {
    this.generation++;
    for (const wake of this.changed.splice(0)) wake();
  }

  /**
   * Diagnostics of all closed files. Where the editor has them all already, this waits until something changes: the
   * editor asks again and again, and so nothing is read in between.
   */
  async diagnostics(previous: readonly Previous[], signal: AbortSignal): Promise<WorkspaceDocumentDiagnosticReport[]> {
    const known = new Map(previous.map((each) => [localPath(each.uri) ?? each.uri, each]));
    for (;;) {
      const { generation } = this;
      const reports = await this.reports(known, signal);
      const isNews = reports.some(({ kind }) => kind === 'full');
      if (isNews || previous.length === 0 || signal.aborted) return reports;
      if (generation === this.generation) await this.change(signal);
    }
  }

  /** Stages and global arguments of all closed files. */
  async symbols(query: string, signal: AbortSignal): Promise<WorkspaceSymbol[]> {
    const found: WorkspaceSymbol[] = [];
    for (const uri of await this.uris()) {
      if (signal.aborted) return [];
      const text = await this.workspace.text(uri);
      if (text !== undefined) found.push(...workspaceSymbols(uri, readDockerfile(text).value, query));
    }
    return found;
  }

  private async uris(): Promise<string[]> {
    const open = new Set(this.open().map(localPath));
    return (await this.workspace.files()).filter((uri) => !open.has(localPath(uri)));
  }

  private async reports(
    known: ReadonlyMap<string, Previous>,
    signal: AbortSignal,
  ): Promise<WorkspaceDocumentDiagnosticReport[]> {
    const reports: WorkspaceDocumentDiagnosticReport[] = [];
    const told = new Set<Previous>();
    for (const file of await this.uris()) {
      if (signal.aborted) return reports;
      const text = await this.workspace.text(file);
      if (text === undefined) continue;
      const before = known.get(localPath(file) ?? file);
      if (before !== undefined) told.add(before);
      // As the editor spells it.
      const uri = before?.uri ?? file;
      await this.linter.ready(uri);
      const items = await judged(text, this.linter, uri, signal);
      const resultId = `${items.length}:${hash(JSON.stringify(items))}`;
      if (before?.value === resultId) reports.push({ kind: 'unchanged', uri, resultId, version: null });
      else reports.push({ kind: 'full', uri, resultId, items, version: null });
    }
    // Files that are gone, or open by now, keep nothing here.
    for (const before of known.values()) {
      const { uri, value } = before;
      if (!told.has(before) && value !== GONE)
        reports.push({ kind: 'full', uri, resultId: GONE, items: [], version: null });
    }
    return reports;
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.changed.push(done);
      signal.addEventListener('abort', done);
    });
  }
}

const GONE = 'gone';

/** What the command line says without a context. */
async function judged(text: string, linter: Linter, uri: string, signal: AbortSignal): Promise<Diagnostic[]> {
  const { shell, checker, settingsOf } = linter;
  const parsed = readDockerfile(text);
  try {
    await checker?.check(shellCheckScripts(parsed.value), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const options = {
    settings: settingsOf(uri),
    ...(shell && { shell }),
    ...(checker && { shellCheck: (script: CheckedScript) => checker.commentsOn(script) }),
  };
  return judge(parsed, text, options, { buildPlatform: PLATFORM }).map(diagnosticOf);
}

/** FNV-1a: tells one list of diagnostics from another. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
