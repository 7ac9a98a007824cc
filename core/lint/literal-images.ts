import type { InstructionNode, Token } from '../dockerfile/ast.ts';
import { parseReference, type Reference } from '../image/reference.ts';
import type { StageFacts } from './file-facts.ts';

/** An image that FROM names. */
export interface LiteralImage {
  readonly token: Token;
  readonly reference: Reference;
  readonly at: InstructionNode;
}

/** The images that stages start from, but for those that an argument names: whoever builds chooses them. */
export function literalImages(stages: readonly StageFacts[]): LiteralImage[] {
  return stages.flatMap(({ stage: { from }, base }) => {
    const token = from.image;
    if (token === undefined || base || token.text === 'scratch' || /["'$\\]/.test(token.text)) return [];
    const parsed = referenceOf(token);
    return parsed.ok ? [{ token, reference: parsed.reference, at: from.node }] : [];
  });
}

const REFERENCES = new WeakMap<Token, ReturnType<typeof parseReference>>();

/** Parsed once, as several rules ask after every key. */
function referenceOf(token: Token): ReturnType<typeof parseReference> {
  const known = REFERENCES.get(token) ?? parseReference(token.text);
  REFERENCES.set(token, known);
  return known;
}
