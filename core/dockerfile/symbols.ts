import type { Heredoc, Position, Range, Token } from './ast.ts';
import { referencesIn } from './expand.ts';
import { isForShell } from './heredoc-shell.ts';
import { heredocToken } from './heredoc-token.ts';
import type { Instruction } from './instructions.ts';
import { rangeIn } from './joined-line.ts';
import { contains } from './positions.ts';
import type { LexerOptions } from './shell-lexer.ts';
import { shellAssignments, shellVariables } from './shell-tokens.ts';
import { baseStage, type Dockerfile, referredStage, type Stage, stageReferences } from './stages.ts';

/** Where a symbol is named. */
export interface Occurrence {
  /** A shell's assignment holds within its script only. */
  readonly role: 'definition' | 'reference' | 'assignment';
  /** The name alone. */
  readonly range: Range;
  readonly instruction: Instruction;
  /** The place says it otherwise than by its name: `--from=0`. */
  readonly byIndex?: true;
  /** Of a variable: where it was last set before this place, in the stage or in what that builds on. */
  readonly setAt?: Range;
}

/** A stage, a variable or a heredoc, with every place that means it. */
export interface DockerSymbol {
  readonly kind: 'stage' | 'variable' | 'heredoc';
  /** As it is first written. */
  readonly name: string;
  /** Of a stage. */
  readonly stage?: Stage;
  /**
   * In the order of the text. Without a definition for what the base image or the builder brings, and for what a shell has for
   * itself.
   */
  readonly occurrences: readonly Occurrence[];
}

/** A symbol at a place. */
export interface SymbolAt {
  readonly symbol: DockerSymbol;
  readonly occurrence: Occurrence;
}

type Growing = DockerSymbol & { readonly occurrences: Occurrence[] };
/** Variables by name, each with where it was last set. */
type Scope = Map<string, { readonly symbol: Growing; readonly setAt?: Range | undefined }>;

/** Finds all stages, variables and heredocs of a Dockerfile, and every place that names them. */
export function symbolsOf(dockerfile: Dockerfile): readonly DockerSymbol[] {
  return new Collector(dockerfile).run();
}

/** The symbol that is named at a place. */
export function symbolAt(symbols: readonly DockerSymbol[], position: Position): SymbolAt | undefined {
  for (const symbol of symbols) {
    const occurrence = symbol.occurrences.find(({ range }) => contains(range, position));
    if (occurrence !== undefined) return { symbol, occurrence };
  }
  return undefined;
}

class Collector {
  private readonly symbols: Growing[] = [];
  private readonly stages = new Map<Stage, Growing>();
  private readonly scopes = new Map<Stage, Scope>();
  private readonly globals: Scope = new Map();
  private readonly escape: '\\' | '`';

  constructor(private readonly dockerfile: Dockerfile) {
    this.escape = dockerfile.syntax.escape;
  }

  run(): readonly DockerSymbol[] {
    const { globalArgs, stages, instructions } = this.dockerfile;
    for (const stage of stages) this.addStage(stage);
    for (const instruction of globalArgs) this.readVariables(instruction, this.globals);
    for (const stage of stages) {
      this.readReferences(stage.from, this.globals);
      const scope = this.scopeOf(stage);
      for (const instruction of stage.instructions) this.readVariables(instruction, scope);
    }
    for (const instruction of instructions) this.addHeredocs(instruction);
    for (const { occurrences } of this.symbols) occurrences.sort((a, b) => compare(a.range.start, b.range.start));
    return this.symbols.filter(({ occurrences }) => occurrences.length > 0);
  }

  private add(kind: DockerSymbol['kind'], name: string, more: Partial<DockerSymbol> = {}): Growing {
    const symbol = { kind, name, ...more, occurrences: [] };
    this.symbols.push(symbol);
    return symbol;
  }

  private addStage(stage: Stage): void {
    const token = stage.from.stage;
    const symbol = this.add('stage', token?.text ?? String(stage.index), { stage });
    this.stages.set(stage, symbol);
    const { range } = token ?? stage.from.node.keyword;
    symbol.occurrences.push({
      role: 'definition',
      range,
      instruction: stage.from,
      ...(token === undefined && { byIndex: true }),
    });
    // Stages only refer to stages that are already there, and to later ones by mistake.
    for (const reference of stageReferences(stage)) {
      const found = referredStage(this.dockerfile.stages, stage, reference);
      const target = found && this.stages.get(found);
      if (target === undefined) continue;
      const { token: word, instruction } = reference;
      const byIndex = word.text.toLowerCase() !== found?.name;
      target.occurrences.push({ role: 'reference', range: word.range, instruction, ...(byIndex && { byIndex }) });
    }
  }

  /** What a stage knows at first: all that the stage below it knows in the end. */
  private scopeOf(stage: Stage): Scope {
    const base = baseStage(this.dockerfile.stages, stage, stage.from.image?.text ?? '');
    const scope: Scope = new Map(base === undefined ? [] : this.scopes.get(base));
    this.scopes.set(stage, scope);
    return scope;
  }

  private readVariables(instruction: Instruction, scope: Scope): void {
    this.readReferences(instruction, scope);
    for (const { name, isOpen } of definitionsOf(instruction)) {
      const known = scope.get(name.text) ?? (isOpen ? this.globals.get(name.text) : undefined);
      const { symbol, setAt } = known ?? { symbol: this.add('variable', name.text) };
      scope.set(name.text, { symbol, setAt: name.range });
      symbol.occurrences.push({ role: 'definition', range: name.range, instruction, ...(setAt && { setAt }) });
    }
  }

  private readReferences(instruction: Instruction, scope: Scope): void {
    const inner = (instruction.kind === 'ONBUILD' && instruction.trigger) || instruction;
    const assignments = variableAssignments(inner);
    const own: Scope = new Map();
    for (const { name } of assignments) {
      if (!scope.has(name) && !own.has(name)) own.set(name, { symbol: this.add('variable', name) });
    }
    for (const { name, range } of variableReferences(instruction, this.escape)) {
      let known = scope.get(name) ?? own.get(name);
      if (known === undefined) {
        // What nobody sets is the shell's.
        if (runsShell(inner)) continue;
        known = { symbol: this.add('variable', name) };
        scope.set(name, known);
      }
      known.symbol.occurrences.push({
        role: 'reference',
        range,
        instruction,
        ...(known.setAt && { setAt: known.setAt }),
      });
    }
    for (const { name, range } of assignments) {
      const { symbol, setAt } = scope.get(name) ?? own.get(name) ?? {};
      symbol?.occurrences.push({ role: 'assignment', range, instruction, ...(setAt && { setAt }) });
    }
  }

  private addHeredocs(instruction: Instruction): void {
    for (const heredoc of instruction.node.heredocs) {
      const symbol = this.add('heredoc', heredoc.name);
      const marker = markerName(heredoc);
      if (marker !== undefined) symbol.occurrences.push({ role: 'definition', range: marker, instruction });
      const { terminator } = heredoc;
      if (terminator !== undefined) {
        symbol.occurrences.push({ role: 'reference', range: terminator, instruction });
      }
    }
  }
}

interface Definition {
  readonly name: Token;
  /** An ARG without a value, which takes that of the global one. */
  readonly isOpen: boolean;
}

function definitionsOf(instruction: Instruction): Definition[] {
  if (instruction.kind === 'ONBUILD') return [];
  if (instruction.kind === 'ARG') return instruction.args.map(({ name, value }) => ({ name, isOpen: !value }));
  if (instruction.kind === 'ENV') return instruction.pairs.map(({ name }) => ({ name, isOpen: false }));
  return [];
}

/** A variable that an instruction refers to: by BuildKit's expansion, or by the shell that runs it. */
export interface VariableReference {
  readonly name: string;
  /** The name alone. */
  readonly range: Range;
  /** From `$` on. */
  readonly whole: Range;
  /** `:-`, `#`, …; '' without. */
  readonly modifier: string;
}

/** The variables that an instruction refers to, in the order of the text. */
export function variableReferences(instruction: Instruction, escapeToken: '\\' | '`'): VariableReference[] {
  if (instruction.kind === 'ONBUILD') {
    return instruction.trigger === undefined ? [] : variableReferences(instruction.trigger, escapeToken);
  }
  const { node } = instruction;
  const flags = node.flags.flatMap(({ value }) => (value === undefined ? [] : expanded(value, escapeToken)));
  return [
    ...flags,
    ...argumentReferences(instruction, escapeToken),
    ...node.heredocs.flatMap((heredoc) => heredocReferences(heredoc, instruction)),
  ];
}

/** What a shell reads has its variables; of other heredocs every variable is replaced, in quotes or not, unless the marker is quoted. */
function heredocReferences(heredoc: Heredoc, instruction: Instruction): VariableReference[] {
  const token = heredocToken(heredoc);
  if (isForShell(heredoc, instruction)) return shellReferences(token);
  return heredoc.expand ? expanded(token, '\\', { literalQuotes: true }) : [];
}

/** Whether a shell reads what an instruction says. */
function runsShell({ kind }: Instruction): boolean {
  return kind === 'RUN' || kind === 'CMD' || kind === 'ENTRYPOINT' || kind === 'HEALTHCHECK';
}

/** What a shell reads: the command in shell form, and heredocs that are scripts. */
function scriptsOf(instruction: Instruction): Token[] {
  const command = 'command' in instruction ? instruction.command : undefined;
  if (command?.form !== 'shell') return [];
  const heredocs = instruction.node.heredocs.filter((each) => isForShell(each, instruction));
  return [command.text, ...heredocs.map(heredocToken)];
}

/** The variables that the scripts of an instruction set, by their names alone. */
function variableAssignments(instruction: Instruction): Pick<VariableReference, 'name' | 'range'>[] {
  return scriptsOf(instruction).flatMap((token) =>
    shellAssignments(token.text).map(({ name, start, end }) => ({ name, range: rangeIn(token, start, end) })),
  );
}

function argumentReferences(instruction: Instruction, escapeToken: '\\' | '`'): VariableReference[] {
  switch (instruction.kind) {
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'HEALTHCHECK':
      return instruction.command?.form === 'shell' ? shellReferences(instruction.command.text) : [];
    case 'SHELL':
    case 'MAINTAINER':
    case 'UNKNOWN':
      return [];
    default:
      return instruction.node.args.flatMap((token) => expanded(token, escapeToken));
  }
}

function expanded(token: Token, escapeToken: '\\' | '`', more: Partial<LexerOptions> = {}): VariableReference[] {
  if (!token.text.includes('$')) return [];
  return referencesIn(token.text, { escape: escapeToken, ...more }).map(
    ({ name, nameStart, nameEnd, start, end, modifier }) => ({
      name,
      range: rangeIn(token, nameStart, nameEnd),
      whole: rangeIn(token, start, end),
      modifier,
    }),
  );
}

function shellReferences(token: Token): VariableReference[] {
  return shellVariables(token.text).map(({ name, start, end, whole, modifier }) => ({
    name,
    range: rangeIn(token, start, end),
    whole: rangeIn(token, whole.start, whole.end),
    modifier,
  }));
}

/** The name in `<<-"NAME"`, where it stands there as it is. */
function markerName({ marker, name }: Heredoc): Range | undefined {
  const { start, end } = marker;
  if (start.line !== end.line) return undefined;
  const length = end.character - start.character;
  const prefix = length - name.length;
  // `<<NAME`, `<<-NAME`, `3<<NAME`: quotes around the name stay.
  const quotes = prefix >= 4 ? 1 : 0;
  const first = end.character - name.length - quotes;
  if (first < start.character) return undefined;
  return { start: { line: start.line, character: first }, end: { line: start.line, character: first + name.length } };
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.character - b.character;
}
