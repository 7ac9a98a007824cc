import { type Connection, PublishDiagnosticsNotification } from 'vscode-languageserver/node';
import type { Reading } from './reading.ts';
import type { WrittenDiagnostics } from './written-diagnostics.ts';

/** Sends diagnostics to a client that does not ask for them; the same of the same version once. */
export class PushedDiagnostics {
  private readonly told = new Map<string, { readonly version: number; readonly diagnostics: WrittenDiagnostics }>();

  constructor(private readonly connection: Connection) {}

  async push({ uri, version }: Reading, diagnostics: WrittenDiagnostics): Promise<void> {
    const last = this.told.get(uri);
    if (last?.version === version && last.diagnostics.isSame(diagnostics)) return;
    this.told.set(uri, { version, diagnostics });
    await this.connection.sendNotification(PublishDiagnosticsNotification.method, { uri, version, diagnostics });
  }

  forget(uri: string): void {
    this.told.delete(uri);
  }
}
