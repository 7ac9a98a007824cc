import type { ContainerInfo } from 'dockerode';
import * as vscode from 'vscode';
import { containerName, stateIcon } from './containers.ts';

/** A container below what it uses: commands take it as they take one of the Containers view. */
export interface UserNode {
  readonly kind: 'container';
  readonly container: ContainerInfo;
  /** Tells its rows apart: a container may be below several things. */
  readonly below: string;
  /** How it uses what it is below: a path, an address. */
  readonly how: string;
}

/** The row of a container below a volume, a network or an image. */
export function userRow({ container, below, how }: UserNode): vscode.TreeItem {
  const item = new vscode.TreeItem(containerName(container));
  item.id = `${below} ${container.Id}`;
  item.description = [how, container.State].filter((part) => part !== '').join(' · ');
  item.iconPath = stateIcon(container);
  item.contextValue = `container.${container.State}`;
  item.accessibilityInformation = {
    label: vscode.l10n.t('container {0}, {1}', containerName(container), item.description),
  };
  return item;
}

/** Text as a Markdown table without headlines. */
export function table(title: string, rows: readonly (readonly [string, string])[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString('**').appendText(title).appendMarkdown('**\n\n| | |\n|---|---|\n');
  for (const [name, value] of rows) {
    if (value === '') continue;
    text.appendMarkdown(`| ${name} | `).appendText(value.replaceAll('\n', ' ')).appendMarkdown(' |\n');
  }
  return text;
}
