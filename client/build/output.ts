import * as vscode from 'vscode';

/** Language ID of the output channel: its grammar and its links. */
const LANGUAGE = 'lapstrake-build';

/** The `Lapstrake Build` channel: the builder's output, each step linked to its line of the Dockerfile. */
export class BuildOutput implements vscode.DocumentLinkProvider {
  readonly channel = vscode.window.createOutputChannel('Lapstrake Build', LANGUAGE);
  /** What a name in the output stands for, by the name: the last build wins. */
  readonly #files = new Map<string, vscode.Uri>();

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      this.channel,
      vscode.languages.registerDocumentLinkProvider({ language: LANGUAGE }, this),
    );
  }

  /** Begins a build's output. */
  begin(dockerfile: vscode.Uri, headline: string): void {
    this.#files.set(fileName(dockerfile), dockerfile);
    this.channel.clear();
    this.channel.appendLine(headline);
    this.channel.show(true);
  }

  /** Prints a line, and the place in the Dockerfile that it is about. */
  print(line: string, dockerfile?: vscode.Uri, at?: number): void {
    this.channel.appendLine(
      dockerfile === undefined || at === undefined ? line : `${line}  (${fileName(dockerfile)}:${at})`,
    );
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const links: vscode.DocumentLink[] = [];
    for (const [name, uri] of this.#files) {
      const pattern = new RegExp(`(?<![\\w./-])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)`, 'g');
      for (const match of document.getText().matchAll(pattern)) {
        const range = new vscode.Range(
          document.positionAt(match.index),
          document.positionAt(match.index + match[0].length),
        );
        links.push(new vscode.DocumentLink(range, uri.with({ fragment: `L${match[1]}` })));
      }
    }
    return links;
  }
}

/** Last part of the path: `Dockerfile`. */
export function fileName(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}
