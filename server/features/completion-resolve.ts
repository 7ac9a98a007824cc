import type { CompletionItem } from 'vscode-languageserver/node';
import type { EngineLink } from '../engine-link.ts';
import { keywordDoc, referenceUrl } from '../knowledge/keywords.ts';
import { imageFacts, registryFacts } from './image-facts.ts';

/** Adds to the item that the editor shows what is told of it. */
export async function resolveCompletion(completion: CompletionItem, engine: EngineLink): Promise<CompletionItem> {
  const data: unknown = completion.data;
  if (typeof data !== 'object' || data === null || !('about' in data)) return completion;
  const value = await documentationOf(data, engine);
  return value === undefined ? completion : { ...completion, documentation: { kind: 'markdown', value } };
}

async function documentationOf(data: object, engine: EngineLink): Promise<string | undefined> {
  if ('name' in data && typeof data.name === 'string') {
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
