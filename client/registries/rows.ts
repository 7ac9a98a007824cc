import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import { Command } from '../commands/ids.ts';
import { age } from '../explorer/age.ts';
import { HUB, registryName } from './address.ts';
import {
  type MoreNode,
  type NoticeNode,
  type RegistriesNode,
  type RegistryNode,
  type RepositoryNode,
  referenceOf,
  repositoryReference,
  type TagNode,
} from './nodes.ts';
import type { TagDetails } from './registry.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

/** How a row of the Registries view looks. `username` is who is logged in at its registry. */
export function rowOf(node: RegistriesNode, username: string | undefined): vscode.TreeItem {
  switch (node.kind) {
    case 'registry':
      return registryRow(node, username);
    case 'repository':
      return repositoryRow(node);
    case 'tag':
      return tagRow(node);
    case 'more':
      return moreRow(node);
    case 'notice':
      return noticeRow(node);
  }
}

function registryRow({ domain }: RegistryNode, username: string | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(registryName(domain), Collapsed);
  item.id = domain;
  item.iconPath = new vscode.ThemeIcon(domain === HUB ? 'globe' : 'server-environment');
  item.contextValue = username === undefined ? 'registry.anonymous' : 'registry.loggedIn';
  if (username !== undefined) item.description = username;
  item.tooltip = username === undefined ? domain : vscode.l10n.t('{0}, logged in as {1}', domain, username);
  item.accessibilityInformation = {
    label:
      username === undefined
        ? vscode.l10n.t('registry {0}', registryName(domain))
        : vscode.l10n.t('registry {0}, logged in as {1}', registryName(domain), username),
  };
  return item;
}

function repositoryRow(node: RepositoryNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.path, Collapsed);
  item.id = `${node.registry.domain}/${node.path}`;
  item.iconPath = new vscode.ThemeIcon('repo');
  item.contextValue = node.added ? 'repository.added' : 'repository';
  item.tooltip = repositoryReference(node);
  item.accessibilityInformation = { label: vscode.l10n.t('repository {0}', node.path) };
  return item;
}

function tagRow(node: TagNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.tag, None);
  item.id = `${node.repository.registry.domain}/${node.repository.path}:${node.tag}`;
  item.iconPath = new vscode.ThemeIcon('tag');
  item.contextValue = 'tag';
  item.accessibilityInformation = { label: vscode.l10n.t('tag {0} of {1}', node.tag, node.repository.path) };
  return item;
}

function moreRow(node: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Load More…'), None);
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.description = vscode.l10n.t('{0} shown', node.pager.items.length);
  item.command = { title: vscode.l10n.t('Load More'), command: Command.loadMoreOfRegistry, arguments: [node] };
  return item;
}

function noticeRow({ text, detail, icon, command }: NoticeNode): vscode.TreeItem {
  const item = new vscode.TreeItem(text, None);
  item.description = detail;
  item.tooltip = detail;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = 'notice';
  if (command !== undefined) item.command = { ...command, arguments: [...command.arguments] };
  item.accessibilityInformation = { label: `${detail} ${text}` };
  return item;
}

/** What the pointer gets to see of a tag. */
export function tagTooltip(
  node: TagNode,
  { digest, size, created, platforms, layers }: TagDetails,
): vscode.MarkdownString {
  const text = new vscode.MarkdownString('**').appendText(referenceOf(node)).appendMarkdown('**\n\n| | |\n|---|---|\n');
  const time = created === undefined ? Number.NaN : Date.parse(created);
  // Tools that build the same bytes each time date them to the beginning of the epoch.
  const known = Number.isFinite(time) && time > 0;
  const rows: readonly (readonly [string, string])[] = [
    // All of it is wider than a tooltip gets; Copy Digest gives it.
    [vscode.l10n.t('Digest'), `${digest.slice(0, 31)}…`],
    [
      vscode.l10n.t('Size'),
      layers === 1
        ? vscode.l10n.t('{0} in one layer, compressed', formatSize(size))
        : vscode.l10n.t('{0} in {1} layers, compressed', formatSize(size), layers),
    ],
    [
      vscode.l10n.t('Created'),
      known
        ? `${age(time / 1000, Date.now(), vscode.env.language)} (${new Date(time).toLocaleString(vscode.env.language)})`
        : vscode.l10n.t('not said'),
    ],
    [vscode.l10n.t('Platforms'), platforms.join(', ')],
  ];
  for (const [name, value] of rows) text.appendMarkdown(`| ${name} | `).appendText(value).appendMarkdown(' |\n');
  return text;
}
