import * as vscode from 'vscode';
import { type BuildContexts, contextFolder } from '../../protocol/build-contexts.ts';

/** The folder that is a Dockerfile's build context by the setting `lapstrake.build.contexts`, absolute. */
export function contextOf(dockerfile: vscode.Uri): string {
  const contexts = vscode.workspace.getConfiguration('lapstrake').get<BuildContexts>('build.contexts', {});
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.path);
  return vscode.Uri.file(contextFolder(dockerfile.path, folders, contexts)).fsPath;
}
