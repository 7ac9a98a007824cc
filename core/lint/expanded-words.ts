import type { Token } from '../dockerfile/ast.ts';
import { heredocToken } from '../dockerfile/heredoc-token.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';

/** A word in which BuildKit expands variables, and how it reads it. */
export interface ExpandedWord {
  readonly token: Token;
  readonly lexer: LexerOptions;
  /** Whether BuildKit says so where a variable in it has no value. */
  readonly reported: boolean;
}

const NO_TOKENS: readonly Token[] = [];
const NO_WORDS: readonly ExpandedWord[] = [];
const HEREDOC_LEXER: LexerOptions = { escape: '\\', literalQuotes: true };

/** The words of an instruction that BuildKit expands before it runs it, in the order in which it does; ARG's not. */
export function expandedWords(instruction: Instruction, lexer: LexerOptions): readonly ExpandedWord[] {
  const tokens = tokensOf(instruction);
  const heredocs = heredocWords(instruction);
  if (tokens.length === 0) return heredocs;
  const reported = instruction.kind !== 'EXPOSE';
  const words = tokens.map((token) => ({ token, lexer, reported }));
  return heredocs.length === 0 ? words : [...words, ...heredocs];
}

function tokensOf(instruction: Instruction): readonly Token[] {
  switch (instruction.kind) {
    case 'ENV':
    case 'LABEL':
      return instruction.pairs.flatMap(({ name, value }) => [name, value]);
    case 'ADD': {
      const { chown, chmod, checksum, destination } = instruction;
      return present([chown, chmod, checksum, ...sourcePaths(instruction), destination]);
    }
    case 'COPY': {
      const { chown, chmod, destination } = instruction;
      return present([chown, chmod, ...sourcePaths(instruction), destination]);
    }
    case 'RUN':
      if (instruction.mounts.length === 0) return NO_TOKENS;
      return present(instruction.mounts.flatMap(({ fields }) => fields.map(({ value }) => value)));
    case 'WORKDIR':
      return present([instruction.path]);
    case 'USER':
      return present([instruction.user]);
    case 'STOPSIGNAL':
      return present([instruction.signal]);
    case 'VOLUME':
      return instruction.volumes;
    case 'EXPOSE':
      return instruction.ports;
    default:
      return NO_TOKENS;
  }
}

function sourcePaths({ sources }: Extract<Instruction, { kind: 'ADD' | 'COPY' }>): Token[] {
  return sources.flatMap((source) => (source.kind === 'path' ? [source.path] : []));
}

/** COPY and ADD expand what their heredocs hold, unless a part of the name is quoted. */
function heredocWords(instruction: Instruction): readonly ExpandedWord[] {
  const isCopy = instruction.kind === 'COPY' || instruction.kind === 'ADD';
  if (!isCopy || instruction.node.heredocs.length === 0) return NO_WORDS;
  return instruction.sources.flatMap((source) => {
    if (source.kind !== 'heredoc' || !source.heredoc.expand) return [];
    return [{ token: heredocToken(source.heredoc), lexer: HEREDOC_LEXER, reported: true }];
  });
}

function present(tokens: readonly (Token | undefined)[]): Token[] {
  return tokens.filter((token) => token !== undefined);
}
