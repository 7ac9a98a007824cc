import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The bundled pages: each is `dist/media/NAME.js` with its style sheet. */
export type PageName = 'stats' | 'layers';

/** Limits the webview to the bundle's folder. */
export function pageOptions(extension: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extension, 'dist', 'media')] };
}

/** The page's document: nothing may load but our own script (by nonce) and style sheet. */
export function pageHtml(webview: vscode.Webview, extension: vscode.Uri, page: PageName, title: string): string {
  const nonce = randomBytes(16).toString('base64url');
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'media', name));
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; font-src ${webview.cspSource}; img-src ${webview.cspSource} data:`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file(`${page}.css`)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<main id="page"></main>
<script type="module" nonce="${nonce}" src="${file(`${page}.js`)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
