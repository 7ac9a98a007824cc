import { SymbolKind, type WorkspaceSymbol } from 'vscode-languageserver/node';
import type { Dockerfile } from '../../core/dockerfile/stages.ts';

/** The stages of a file whose names, or whose images', hold the letters of a query in its order. */
export function workspaceSymbols(uri: string, { stages, globalArgs }: Dockerfile, query: string): WorkspaceSymbol[] {
  const letters = [...query.toLowerCase()];
  const matches = (text: string): boolean => {
    let at = 0;
    for (const char of text.toLowerCase()) if (char === letters[at]) at++;
    return at === letters.length;
  };
  const containerName = decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
  const named = stages.map(({ index, from }) => ({
    name: from.stage?.text ?? `stage ${index}`,
    extra: from.image?.text ?? '',
    kind: SymbolKind.Module,
    range: (from.stage ?? from.node.keyword).range,
  }));
  const args = globalArgs.flatMap((each) =>
    each.args.map(({ name }) => ({ name: name.text, extra: '', kind: SymbolKind.Variable, range: name.range })),
  );
  return [...named, ...args]
    .filter(({ name, extra }) => matches(`${name} ${extra}`))
    .map(({ name, kind, range }) => ({ name, kind, containerName, location: { uri, range } }));
}
