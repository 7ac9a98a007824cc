/** Kinds of words, in the order of their numbers; all are standard types of LSP, so that every theme has colours. */
export const TOKEN_TYPES = [
  'keyword',
  'comment',
  'string',
  'variable',
  'parameter',
  'property',
  'namespace',
  'type',
  'operator',
  'function',
  'macro',
  'enumMember',
  'number',
] as const;

export const TOKEN_MODIFIERS = ['declaration', 'deprecated', 'readonly'] as const;

export type TokenType = (typeof TOKEN_TYPES)[number];
export type TokenModifier = (typeof TOKEN_MODIFIERS)[number];

/** One coloured piece of a line. */
export interface Paint {
  readonly line: number;
  readonly character: number;
  readonly length: number;
  readonly type: TokenType;
  readonly modifier?: TokenModifier;
}
