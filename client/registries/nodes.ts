import { familiarName, familiarReference, parseReference } from '../../core/image/reference.ts';
import type { CommandId } from '../commands/ids.ts';
import type { Pager } from './pager.ts';

/** A registry in the Registries view. */
export interface RegistryNode {
  readonly kind: 'registry';
  readonly domain: string;
}

/** A repository of a registry. */
export interface RepositoryNode {
  readonly kind: 'repository';
  readonly registry: RegistryNode;
  readonly path: string;
  /** Whether the user added it by name. */
  readonly added: boolean;
}

/** A tag of a repository. */
export interface TagNode {
  readonly kind: 'tag';
  readonly repository: RepositoryNode;
  readonly tag: string;
}

/** The row that brings the next page of a list. */
export interface MoreNode {
  readonly kind: 'more';
  readonly parent: RegistryNode | RepositoryNode;
  readonly pager: Pager;
}

/** A row that says why there are no others; choosing it runs what helps. */
export interface NoticeNode {
  readonly kind: 'notice';
  readonly parent: RegistryNode | RepositoryNode;
  readonly text: string;
  readonly detail: string;
  readonly icon: string;
  readonly command?: { readonly title: string; readonly command: CommandId; readonly arguments: readonly unknown[] };
}

export type RegistriesNode = RegistryNode | RepositoryNode | TagNode | MoreNode | NoticeNode;

/** What an engine pulls a tag by, as people write it: `localhost:5000/app:1`, `busybox:latest`. */
export function referenceOf({ repository, tag }: TagNode): string {
  const text = `${repository.registry.domain}/${repository.path}:${tag}`;
  const parsed = parseReference(text);
  return parsed.ok ? familiarReference(parsed.reference) : text;
}

/** A repository's name as people write it. */
export function repositoryReference({ registry, path }: RepositoryNode): string {
  const parsed = parseReference(`${registry.domain}/${path}`);
  return parsed.ok ? familiarName(parsed.reference) : `${registry.domain}/${path}`;
}

/** Whether a command was given such a row. */
export function isNode<K extends RegistriesNode['kind']>(
  value: unknown,
  kind: K,
): value is Extract<RegistriesNode, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
