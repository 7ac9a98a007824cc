import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import { formatSize } from '../../../core/image/size.ts';
import { item } from './item.ts';
import type { Place } from './place.ts';

/**
 * Images that the engine has, with their tags, and those that a registry lists under what is written: tags behind `:`,
 * repositories behind a host's `/`; behind `@` digests.
 */
export async function images(place: Place, range: Range): Promise<CompletionItem[]> {
  const at = place.word.indexOf('@');
  if (at !== -1) return digests(place, place.word.slice(0, at), range);
  const { reading } = place;
  const [known, listed] = await Promise.all([reading.engine.imageNames(), listedNames(place)]);
  const names = new Set(known.map(({ reference }) => reference));
  const image = (reference: string) => ({ about: 'image', uri: reading.uri, reference }) as const;
  return [
    ...known.map(({ reference, size, created }) =>
      item(reference, CompletionItemKind.Reference, reference, range, {
        order: 500,
        detail: [formatSize(size), ...(created === '' ? [] : [created.slice(0, 10)])].join(' · '),
        data: image(reference),
      }),
    ),
    ...newestFirst(listed.filter((name) => !names.has(name))).map((name, index) =>
      item(name, CompletionItemKind.Reference, name, range, {
        order: 501 + Math.min(index, 398),
        detail: 'in its registry',
        data: image(name),
      }),
    ),
  ];
}

/** What a registry is asked for by what is written so far; what may be the port of a host is no tag. */
async function listedNames({ reading, word }: Place): Promise<readonly string[]> {
  if (/^(?:localhost|[^/:]*\.[^/:]*):\d*$/.test(word)) return [];
  const written = /^.*[^/]:(?=[\w.-]*$)/.exec(word)?.[0] ?? /^(?:[^/]*[.:][^/]*|localhost)\//.exec(word)?.[0];
  return written === undefined ? [] : reading.engine.registry.namesFor(written);
}

async function digests({ reading }: Place, name: string, range: Range): Promise<CompletionItem[]> {
  const [known, found] = await Promise.all([reading.engine.imageNames(), reading.engine.registry.of(name)]);
  const own = known
    .filter(({ reference }) => reference === name || reference.startsWith(`${name}:`))
    .flatMap(({ digest, reference }) => (digest === undefined ? [] : [{ digest, detail: reference }]));
  const isNew = found?.exists === true && !own.some(({ digest }) => digest === found.digest);
  return [...own, ...(isNew ? [{ digest: found.digest, detail: 'in its registry' }] : [])].map(({ digest, detail }) =>
    item(`${name}@${digest}`, CompletionItemKind.Constant, `${name}@${digest}`, range, { detail }),
  );
}

/** `22.1` before `22`, `9` behind `22`, and what is no number last. */
function newestFirst(names: readonly string[]): string[] {
  const order = new Intl.Collator('en', { numeric: true });
  const isNumber = (name: string): boolean => /:v?\d[\w.-]*$/.test(name);
  return [...names].sort((a, b) => Number(isNumber(b)) - Number(isNumber(a)) || order.compare(b, a));
}
