import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Position, Range } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import { referredStage, stageReferences } from '../../../core/dockerfile/stages.ts';
import { formatSize } from '../../../core/image/size.ts';
import { OFFICIAL_IMAGES } from '../../knowledge/official-images.ts';
import { item } from './item.ts';
import type { Place } from './place.ts';

/**
 * Images that this Dockerfile names elsewhere, those that the engine has, with their tags, and those that a registry lists
 * under what is written: tags behind `:`, repositories behind a host's `/`; behind `@` digests. Where only a name is begun,
 * also those that many start from.
 */
export async function images(place: Place, range: Range): Promise<CompletionItem[]> {
  const at = place.word.indexOf('@');
  if (at !== -1) return digests(place, place.word.slice(0, at), range);
  const { reading } = place;
  const [known, listed] = await Promise.all([reading.engine.imageNames(), listedNames(place)]);
  const image = (reference: string) => ({ about: 'image', uri: reading.uri, reference }) as const;
  const ofEngine = new Set(known.map(({ reference }) => reference));
  const own = namedElsewhere(place).filter((name) => !ofEngine.has(name));
  const names = new Set([...ofEngine, ...own]);
  return [
    ...own.map((name) =>
      item(name, CompletionItemKind.Reference, name, range, {
        order: 499,
        detail: 'in this Dockerfile',
        data: image(name),
      }),
    ),
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
    ...(/[:/]/.test(place.word) ? [] : OFFICIAL_IMAGES)
      .filter(({ name }) => !names.has(name))
      .map(({ name, text }) =>
        item(name, CompletionItemKind.Reference, name, range, { order: 950, detail: text, data: image(name) }),
      ),
  ];
}

/** Images that other instructions name, as they stand there. */
function namedElsewhere({ reading, position }: Place): readonly string[] {
  const { stages } = reading.dockerfile;
  const others = stages.flatMap((stage) =>
    stageReferences(stage).filter(
      (each) => !isAt(each.instruction, position) && referredStage(stages, stage, each) === undefined,
    ),
  );
  const names = others.map(({ token }) => token.text).filter((name) => name !== 'scratch' && !/^\d*$/.test(name));
  return [...new Set(names)];
}

function isAt({ node }: Instruction, { line }: Position): boolean {
  return node.startLine <= line && line <= node.endLine;
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
