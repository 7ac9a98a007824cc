import type Docker from 'dockerode';
import * as vscode from 'vscode';
import type { EngineSession } from '../engines/session.ts';
import { apiMessage, statusCode } from '../errors.ts';

const SCHEME = 'lapstrake-inspect';

const INSPECT = {
  containers: (docker: Docker, id: string) => docker.getContainer(id).inspect(),
  images: (docker: Docker, id: string) => docker.getImage(id).inspect(),
  volumes: (docker: Docker, id: string) => docker.getVolume(id).inspect(),
  networks: (docker: Docker, id: string) => docker.getNetwork(id).inspect(),
};

export type Inspectable = keyof typeof INSPECT;

/** Address of the read-only document that shows what the engine says of an object. */
export function inspectUri(resource: Inspectable, id: string, name: string): vscode.Uri {
  const file = `${name.replace(/[/\\]/g, '∕')}.json`;
  return vscode.Uri.from({ scheme: SCHEME, authority: resource, path: `/${file}`, query: id });
}

/** `lapstrake-inspect:` documents: JSON as the engine answers it, renewed by its events while they are open. */
export class InspectDocuments implements vscode.TextDocumentContentProvider {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  constructor(private readonly session: EngineSession) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      this.session.onDidChangeState((state) => {
        if (state.kind !== 'ready') return;
        for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === SCHEME) this.#changed.fire(uri);
      }),
      this.session.onEvent((event) => {
        for (const { uri } of vscode.workspace.textDocuments) {
          if (uri.scheme === SCHEME && uri.query === event.id) this.#changed.fire(uri);
        }
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    // A document that comes back with the window starts no engine.
    const docker = await this.session.connected();
    if (docker === undefined) return `// ${vscode.l10n.t('The engine is not connected.')}\n`;
    try {
      return `${JSON.stringify(await inspect(docker, uri.authority, uri.query), null, 2)}\n`;
    } catch (error) {
      if (statusCode(error) !== 404) throw error;
      return `// ${apiMessage(error)}\n`;
    }
  }
}

function inspect(docker: Docker, resource: string, id: string): Promise<object> {
  if (!(resource in INSPECT)) throw new Error(`There is nothing to inspect at “${resource}”.`);
  return INSPECT[resource as Inspectable](docker, id);
}
