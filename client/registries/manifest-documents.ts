import * as vscode from 'vscode';
import { parseReference } from '../../core/image/reference.ts';
import { explain } from '../errors.ts';
import type { TagNode } from './nodes.ts';
import type { Registries } from './registries.ts';
import type { SavedRegistries } from './saved.ts';

const SCHEME = 'lapstrake-manifest';

/** Address of the read-only document that shows a tag's manifest. */
export function manifestUri({ repository, tag }: TagNode): vscode.Uri {
  const { path, registry } = repository;
  const query = new URLSearchParams({ domain: registry.domain, repository: path, tag }).toString();
  return vscode.Uri.from({ scheme: SCHEME, path: `/${path.replaceAll('/', '∕')}:${tag}.json`, query });
}

/** `lapstrake-manifest:` documents: manifests as a registry has them, laid out to be read. */
export class ManifestDocuments implements vscode.TextDocumentContentProvider {
  constructor(
    private readonly registries: Registries,
    private readonly saved: SavedRegistries,
  ) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const query = new URLSearchParams(uri.query);
    const [domain, repository, tag] = ['domain', 'repository', 'tag'].map((name) => query.get(name) ?? '');
    // Anybody can write a link to such a document: only registries that the user added are asked.
    const isName = parseReference(`${domain}/${repository}:${tag}`).ok;
    if (domain === undefined || !isName || this.saved.find(domain) === undefined)
      return `// ${vscode.l10n.t('This registry is not in the explorer.')}\n`;
    const abort = new AbortController();
    const listener = token.onCancellationRequested(() => abort.abort());
    try {
      const client = await this.registries.client(domain);
      const { text } = await client.manifest(repository ?? '', tag ?? '', abort.signal);
      return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
    } catch (error) {
      return `// ${explain(error, vscode.l10n.t('Inspect Manifest')).message}\n`;
    } finally {
      listener.dispose();
    }
  }
}
