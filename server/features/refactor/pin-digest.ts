import { familiarName, parseReference, type Reference } from '../../../core/image/reference.ts';
import { registryName } from '../../../core/registry/registry-image.ts';
import type { Refactor } from './refactoring.ts';

/** Adds to an image's tag the digest that the engine, or its registry, knows it by, so that every build takes the same one. */
export const pinDigest: Refactor = ({ reading, instruction }) => {
  if (instruction.kind !== 'FROM' || instruction.image === undefined) return [];
  const { image } = instruction;
  const reference = reading.variables.expand(image, reading.variables.globals());
  const parsed = reference === undefined ? undefined : parseReference(reference);
  if (reference === undefined || !parsed?.ok || parsed.reference.digest !== undefined || /[$"']/.test(image.text))
    return [];
  const { engine } = reading;
  const own = ownDigest(parsed.reference, engine.knownImage(reference)?.repoDigests ?? []);
  const found = engine.registry.known(registryName(reference) ?? '');
  const newest = found?.exists === true ? found.digest : undefined;
  const { end } = image.range;
  const pin = (title: string, digest: string) => ({
    title,
    kind: 'refactor.rewrite' as const,
    edits: [{ range: { start: end, end }, newText: `@${digest}` }],
  });
  const first = own ?? newest;
  return [
    ...(first === undefined ? [] : [pin(`Pin ${image.text} to its digest`, first)]),
    ...(own !== undefined && newest !== undefined && own !== newest
      ? [pin(`Pin ${image.text} to the newer digest in its registry`, newest)]
      : []),
  ];
};

function ownDigest(reference: Reference, repoDigests: readonly string[]): string | undefined {
  const name = familiarName(reference);
  return repoDigests
    .find((each) => {
      const other = parseReference(each);
      return other.ok && familiarName(other.reference) === name;
    })
    ?.replace(/^.*@/, '');
}
