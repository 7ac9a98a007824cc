import type { Token } from '../dockerfile/ast.ts';
import { registryName } from '../registry/registry-image.ts';
import { isFound } from './base-images.ts';
import type { LintOptions } from './lint-options.ts';
import type { Fix } from './rule.ts';

/** Adds the digest that the registry gives an image's tag now; `latest` is written out where no tag is. */
export function digestPin({ text, range }: Token, { registryOf }: LintOptions): Fix[] {
  const name = registryName(text) ?? '';
  const found = registryOf?.(name);
  if (!isFound(found)) return [];
  const tag = name.slice(name.lastIndexOf(':'));
  const newText = `${text.endsWith(tag) ? text : `${text}${tag}`}@${found.digest}`;
  return [{ title: `Pin to what ${text} is now`, edits: [{ range, newText }] }];
}
