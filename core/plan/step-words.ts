import type { Token } from '../dockerfile/ast.ts';
import { type Expansion, expandWord } from '../dockerfile/expand.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';
import type { PlanProblem } from './plan.ts';

/** Characters: `ENV A=$A$A` doubles its value each time it is written. */
const LONGEST = 1 << 20;

/** Expands the words of one instruction with the variables in force before it, and collects what goes wrong. */
export class StepWords {
  readonly problems: PlanProblem[] = [];

  constructor(
    private readonly variables: ReadonlyMap<string, string>,
    private readonly escapeToken: '\\' | '`',
  ) {}

  /** The word with variables, quotes and escapes resolved. */
  expand(token: Token, options: Omit<LexerOptions, 'escape'> = {}): string {
    return this.expansion(token, options).value;
  }

  /** As `expand`; absent stays absent. */
  maybe(token: Token | undefined): string | undefined {
    return token && this.expand(token);
  }

  /** The words that white space separates after expansion. */
  split(token: Token): readonly string[] {
    return this.expansion(token, {}).words;
  }

  error(code: PlanProblem['code'], message: string, { range, text }: Token): void {
    this.problems.push({ code, severity: 'error', message, range, subject: text });
  }

  private expansion(token: Token, options: Omit<LexerOptions, 'escape'>): Expansion {
    const result = expandWord(token.text, (name) => this.variables.get(name), { ...options, escape: this.escapeToken });
    if (result.problem !== undefined) this.error('expansion-failed', result.problem, token);
    if (result.value.length <= LONGEST) return result;
    this.error(
      'expansion-failed',
      `failed to process ${JSON.stringify(token.text)}: what it stands for is too long`,
      token,
    );
    return { ...result, value: '', words: [] };
  }
}
