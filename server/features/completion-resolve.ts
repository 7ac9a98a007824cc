import type { CompletionItem } from 'vscode-languageserver/node';
import type { EngineLink } from '../engine-link.ts';
import type { HostPackages } from '../host-packages.ts';
import { keywordDoc, referenceUrl } from '../knowledge/keywords.ts';
import { SNIPPETS } from '../knowledge/snippets.ts';
import { imageFacts, registryFacts } from './image-facts.ts';

/** Who knows more of what items name. */
export interface Sources {
  readonly engine: EngineLink;
  readonly packages?: HostPackages;
}

/** Adds to the item that the editor shows what is told of it. */
export async function resolveCompletion(completion: CompletionItem, sources: Sources): Promise<CompletionItem> {
  const data: unknown = completion.data;
  if (typeof data !== 'object' || data === null || !('about' in data)) return completion;
  const value = await documentationOf(data, sources);
  return value === undefined ? completion : { ...completion, documentation: { kind: 'markdown', value } };
}

async function documentationOf(data: object, { engine, packages }: Sources): Promise<string | undefined> {
  if ('name' in data && typeof data.name === 'string') {
    const about = 'about' in data ? data.about : undefined;
    if (about === 'package') return packages?.description(data.name);
    if (about === 'snippet') return snippetText(data.name);
    const doc = keywordDoc(data.name);
    return doc && `${doc.text}\n\n[Dockerfile reference](${referenceUrl(data.name)})`;
  }
  if ('reference' in data && typeof data.reference === 'string') {
    const image = (await engine.imagesOf([data.reference])).get(data.reference);
    if (image !== undefined) return imageFacts(data.reference, image);
    const found = await engine.registry.of(data.reference);
    return found?.exists === true ? registryFacts(data.reference, found) : undefined;
  }
  return undefined;
}

/** What a snippet becomes before it is filled in. */
function snippetText(name: string): string | undefined {
  const body = SNIPPETS.find((each) => each.name === name)
    ?.body.replace(/\$\{\d+:([^}]*)\}/g, '$1')
    .replace(/\$\d/g, '')
    .replaceAll('\\\\', '\\')
    .trimEnd();
  return body && `\`\`\`dockerfile\n${body}\n\`\`\``;
}
