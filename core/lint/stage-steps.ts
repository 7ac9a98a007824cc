import type { InstructionNode, Token } from '../dockerfile/ast.ts';
import { type Expansion, expandWord, type LookUp } from '../dockerfile/expand.ts';
import type { ArgInstruction, Instruction } from '../dockerfile/instructions.ts';
import type { LexerOptions } from '../dockerfile/shell-lexer.ts';
import type { Stage } from '../dockerfile/stages.ts';
import { ownValue } from '../plan/global-arguments.ts';
import { expandedWords } from './expanded-words.ts';
import type { GlobalScope } from './global-scope.ts';
import type { VariableScope } from './variable-scope.ts';

/** A word and what it comes to where it stands. */
export interface ReadWord {
  readonly token: Token;
  readonly lexer: LexerOptions;
  readonly expansion: Expansion;
}

/** A variable without a value. */
export interface MissingVariable {
  readonly name: string;
  readonly word: ReadWord;
  /** One that has a value, and nearly the same name. */
  readonly suggestion?: string;
}

/** One instruction of a stage, with what was in force above it. */
export interface Step {
  readonly instruction: Instruction;
  /** Where BuildKit reports what is wrong with it: of a trigger the FROM that fires it. */
  readonly at: InstructionNode;
  /** An ONBUILD instruction of the stage below, run at the start of this one. */
  readonly triggered: boolean;
  /** In the order of `expandedWords`; of ARG the values that are written and not overridden. */
  readonly words: readonly ReadWord[];
  readonly missing: readonly MissingVariable[];
  readonly shellSet: boolean;
  readonly workdirSet: boolean;
  readonly os: string;
  /** False where the image that the stage starts from may set variables that are not known here. */
  readonly baseKnown: boolean;
  /** The variables that its words asked for, with the values that they had. */
  readonly asked: readonly (readonly [name: string, value: string | undefined])[];
}

/** Gives the step that the same instruction of the stage, written the same, made in an earlier version of the text. */
export type StepMemory = (index: number) => Step | undefined;

/** What the words of a stage depend on. */
export interface StageInputs {
  /** Of the stage, before its first instruction; changed as they are walked. */
  readonly scope: VariableScope;
  readonly globals: GlobalScope;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly lexer: LexerOptions;
  readonly memory?: StepMemory;
}

/** Arguments for the builder alone: no variable of that name is set, and none is missed. */
const BUILDER_ARGUMENTS: readonly string[] = ['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE'];

/** Goes through a stage's instructions, after the triggers of the stage that it builds on. */
export function walkStage(stage: Stage, base: Stage | undefined, inputs: StageInputs): Step[] {
  const triggers = (base?.instructions ?? []).flatMap((instruction) =>
    instruction.kind === 'ONBUILD' && instruction.trigger ? [instruction.trigger] : [],
  );
  return [
    ...triggers.map((trigger) => step(trigger, stage.from.node, inputs, 'triggered')),
    ...stage.instructions.map((instruction, index) => step(instruction, instruction.node, inputs, index)),
  ];
}

/** `place`: the instruction's index in its stage. */
function step(instruction: Instruction, at: InstructionNode, inputs: StageInputs, place: number | 'triggered'): Step {
  const { scope, lexer, memory } = inputs;
  // What ARG declares hangs on more than its words.
  const before = place === 'triggered' || instruction.kind === 'ARG' ? undefined : memory?.(place);
  const known = before && takenOver(before, instruction, at, inputs);
  if (known !== undefined) {
    apply(instruction, known.words, scope);
    return known;
  }
  const { shellSet, workdirSet, os, baseKnown } = scope;
  const inForce = { shellSet, workdirSet, os, baseKnown };
  const triggered = place === 'triggered';
  const tokens = instruction.kind === 'ARG' ? NONE : expandedWords(instruction, lexer);
  if (tokens.length === 0 && instruction.kind !== 'ARG') {
    apply(instruction, NONE, scope);
    return { instruction, at, triggered, words: NONE, missing: NONE, ...inForce, asked: NONE };
  }
  const missing: MissingVariable[] = [];
  const asked: [string, string | undefined][] = [];
  const lookUp = (name: string): string | undefined => {
    const value = scope.lookUp(name);
    asked.push([name, value]);
    return value;
  };
  const read = (token: Token, options: LexerOptions): ReadWord => readWord(token, options, lookUp);
  const words =
    instruction.kind === 'ARG'
      ? declare(instruction, inputs, read, missing)
      : tokens.map(({ token, lexer: options, reported }) => {
          const word = read(token, options);
          if (reported) missing.push(...missingIn(word, scope));
          return word;
        });
  apply(instruction, words, scope);
  return { instruction, at, triggered, words, missing, ...inForce, asked };
}

const NONE: readonly never[] = [];

/** The step of an earlier version, where all that it hangs on is the same. */
function takenOver(
  before: Step,
  instruction: Instruction,
  at: InstructionNode,
  { scope, lexer }: StageInputs,
): Step | undefined {
  // What is said of a variable without a value hangs on more than that variable.
  if (before.words.some(({ expansion }) => expansion.unmatched.size > 0)) return undefined;
  if (before.shellSet !== scope.shellSet || before.workdirSet !== scope.workdirSet) return undefined;
  if (before.os !== scope.os || before.baseKnown !== scope.baseKnown) return undefined;
  if (!before.asked.every(([name, value]) => scope.lookUp(name) === value)) return undefined;
  if (before.instruction === instruction) return before;
  const tokens = expandedWords(instruction, lexer);
  const words = before.words.map((word, index) => ({ ...word, token: tokens[index]?.token ?? word.token }));
  return { ...before, instruction, at, words };
}

function readWord(token: Token, lexer: LexerOptions, lookUp: LookUp): ReadWord {
  return { token, lexer, expansion: expandWord(token.text, lookUp, lexer) };
}

/** ARG's values may use the arguments before them in the same line. */
function declare(
  instruction: ArgInstruction,
  { scope, globals, buildArgs, lexer }: StageInputs,
  read: (token: Token, options: LexerOptions) => ReadWord,
  missing: MissingVariable[],
): ReadWord[] {
  const words: ReadWord[] = [];
  for (const { name, value } of instruction.args) {
    let result = ownValue(buildArgs, name.text);
    if (result === undefined && value) {
      const word = read(value, lexer);
      missing.push(...missingIn(word, scope));
      words.push(word);
      result = word.expansion.value;
    }
    result ??= globals.lookUp(name.text);
    if (result !== undefined && !BUILDER_ARGUMENTS.includes(name.text)) scope.set(name.text, result);
    scope.declared.add(name.text);
  }
  return words;
}

function missingIn(word: ReadWord, scope: VariableScope): MissingVariable[] {
  if (!scope.baseKnown) return [];
  return [...word.expansion.unmatched]
    .filter((name) => !scope.declared.has(name) && !BUILDER_ARGUMENTS.includes(name))
    .map((name) => {
      const suggestion = scope.suggest(name);
      return { name, word, ...(suggestion !== undefined && { suggestion }) };
    });
}

function apply(instruction: Instruction, words: readonly ReadWord[], scope: VariableScope): void {
  if (instruction.kind === 'ENV') {
    for (let i = 0; i + 1 < words.length; i += 2) {
      scope.set(words[i]?.expansion.value ?? '', words[i + 1]?.expansion.value ?? '');
    }
  } else if (instruction.kind === 'WORKDIR') scope.workdirSet = true;
  else if (instruction.kind === 'SHELL') scope.shellSet = true;
}
