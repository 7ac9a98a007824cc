import type { TextDocument } from 'vscode-languageserver-textdocument';

/** What an open document is to the server. */
export type DocumentKind = 'dockerfile' | 'ignore' | 'markdown';

/** Tells documents apart, by their language or, for .dockerignore, their name. */
export function kindOf({ languageId, uri }: Pick<TextDocument, 'languageId' | 'uri'>): DocumentKind {
  if (languageId === 'dockerignore' || uri.endsWith('.dockerignore')) return 'ignore';
  return languageId === 'markdown' ? 'markdown' : 'dockerfile';
}
