import {
  type ClientCapabilities,
  CodeLensRefreshRequest,
  type Connection,
  DiagnosticRefreshRequest,
  InlayHintRefreshRequest,
} from 'vscode-languageserver/node';

type Refresh =
  | typeof CodeLensRefreshRequest.type
  | typeof DiagnosticRefreshRequest.type
  | typeof InlayHintRefreshRequest.type;

/** Milliseconds in which reasons are gathered before the editor is asked. */
const PAUSE = 120;

/** Asks the editor to ask anew, as far as it can be asked, and once for many reasons. */
export class Refresher {
  /** Whether the editor tells of folders that come and go. */
  hasFolders = false;
  private readonly able = new Set<string>();
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  constructor(private readonly connection: Connection) {}

  /** What the client can do is known from `initialize` on. */
  setClient({ workspace }: ClientCapabilities): void {
    this.hasFolders = workspace?.workspaceFolders === true;
    if (workspace?.codeLens?.refreshSupport) this.able.add(CodeLensRefreshRequest.method);
    if (workspace?.inlayHint?.refreshSupport) this.able.add(InlayHintRefreshRequest.method);
    if (workspace?.diagnostics?.refreshSupport) this.able.add(DiagnosticRefreshRequest.method);
  }

  ask(request: Refresh): void {
    const { method } = request;
    if (!this.able.has(method) || this.waiting.has(method)) return;
    const send = (): void => {
      this.waiting.delete(method);
      this.connection.sendRequest(request).catch((error: unknown) => {
        this.connection.console.log(`${method} was not answered: ${String(error)}`);
      });
    };
    this.waiting.set(method, setTimeout(send, PAUSE));
  }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }
}
