import { familiarName, parseReference } from '../../../core/image/reference.ts';
import type { Refactor } from './refactoring.ts';

/** Adds to an image's tag the digest that the engine knows it by, so that every build takes the same one. */
export const pinDigest: Refactor = ({ reading, instruction }) => {
  if (instruction.kind !== 'FROM' || instruction.image === undefined) return [];
  const { image } = instruction;
  const reference = reading.variables.expand(image, reading.variables.globals());
  const parsed = reference === undefined ? undefined : parseReference(reference);
  if (reference === undefined || !parsed?.ok || parsed.reference.digest !== undefined || image.text.includes('$'))
    return [];
  const name = familiarName(parsed.reference);
  const known = reading.engine.knownImage(reference)?.repoDigests ?? [];
  const digest = known.find((each) => {
    const other = parseReference(each);
    return other.ok && familiarName(other.reference) === name;
  });
  if (digest === undefined) return [];
  const { end } = image.range;
  return [
    {
      title: `Pin ${image.text} to its digest`,
      kind: 'refactor.rewrite',
      edits: [{ range: { start: end, end }, newText: digest.slice(digest.indexOf('@')) }],
    },
  ];
};
