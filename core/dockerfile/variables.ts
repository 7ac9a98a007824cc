import type { Range, Token } from './ast.ts';
import { expandWord, referencesIn } from './expand.ts';
import type { Instruction } from './instructions.ts';
import { baseStage, type Dockerfile, type Stage } from './stages.ts';

/** Who sets a variable: an instruction, an ARG above the first FROM, the base image, or the builder by itself. */
export type VariableOrigin = 'env' | 'arg' | 'global' | 'image' | 'predefined';

/** A variable at one place of a Dockerfile. */
export interface Variable {
  readonly name: string;
  /** Absent for an ARG without a default, which only a build that sets it knows, and for what an unknown base image sets. */
  readonly value?: string;
  readonly origin: VariableOrigin;
  /** The name where it is set, or last declared. */
  readonly definition?: Range;
}

export type VariableTable = ReadonlyMap<string, Variable>;

/** What variables depend on beside the Dockerfile. */
export interface VariableSources {
  /** What the builder sets for FROM, and for stages that declare it. */
  readonly predefined: ReadonlyMap<string, string>;
  /** `NAME=value` of an image as FROM spells it, expanded; undefined where it is not known. */
  readonly environmentOf: (reference: string) => readonly string[] | undefined;
}

/** `ENV A=$A$A` doubles a value every time. */
const LONGEST_VALUE = 4096;

/** The variables of a Dockerfile without build args, place by place. */
export class Variables {
  private readonly ends = new Map<Stage, Map<string, Variable>>();
  private globalTable: Map<string, Variable> | undefined;

  constructor(
    private readonly dockerfile: Dockerfile,
    private readonly sources: VariableSources,
  ) {}

  /** What FROM may use: predefined arguments, and ARGs above the first FROM. */
  globals(): VariableTable {
    this.globalTable ??= this.readGlobals(undefined);
    return this.globalTable;
  }

  /** What an instruction may use. Its own settings are not among it. */
  before(instruction: Instruction): VariableTable {
    const { stages } = this.dockerfile;
    const line = instruction.node.startLine;
    if (instruction.kind === 'FROM') return this.globals();
    const stage = stages.findLast(({ range }) => range.start.line <= line);
    if (stage === undefined) return this.readGlobals(line);
    const table = this.start(stage);
    for (const each of stage.instructions) {
      if (each.node.startLine >= line) break;
      this.apply(each, table);
    }
    return table;
  }

  /** Visits a stage's instructions with what each may use; the table is only good until the next one. */
  walk(stage: Stage, visit: (instruction: Instruction, variables: VariableTable) => void): void {
    const table = this.start(stage);
    for (const instruction of stage.instructions) {
      visit(instruction, table);
      this.apply(instruction, table);
    }
  }

  /** A word with variables, quotes and escapes resolved; undefined where a variable has no known value. */
  expand(token: Token, table: VariableTable): string | undefined {
    const lookUp = (name: string) => table.get(name)?.value;
    const { value, problem, unmatched } = expandWord(token.text, lookUp, { escape: this.dockerfile.syntax.escape });
    const isKnown = unmatched.size === 0 || (table === this.globalTable && this.hasDefaults(token, unmatched));
    return problem === undefined && isKnown ? value : undefined;
  }

  /** Whether a word says itself what it is without these: `${NAME:-default}`. In a stage the base image may set them, too. */
  private hasDefaults({ text }: Token, names: ReadonlySet<string>): boolean {
    const references = referencesIn(text, { escape: this.dockerfile.syntax.escape });
    return references.every(({ name, modifier }) => !names.has(name) || /^:?[-+]$/.test(modifier));
  }

  private readGlobals(endLine: number | undefined): Map<string, Variable> {
    const table = new Map<string, Variable>();
    for (const [name, value] of this.sources.predefined) table.set(name, { name, value, origin: 'predefined' });
    for (const { node, args } of this.dockerfile.globalArgs) {
      if (endLine !== undefined && node.startLine >= endLine) break;
      for (const { name, value } of args) this.set(table, name, value, 'global');
    }
    return table;
  }

  /** The image at the bottom of a stage, as FROM names it, expanded; undefined where a variable in it has no known value. */
  imageOf(stage: Stage): string | undefined {
    const { stage: base, image } = this.baseOf(stage);
    return base === undefined ? image : this.imageOf(base);
  }

  /** What FROM means: the expanded name, and the stage that has it. */
  private baseOf(stage: Stage): { readonly image?: string | undefined; readonly stage?: Stage | undefined } {
    const image = stage.from.image && this.expand(stage.from.image, this.globals());
    return image === undefined ? {} : { image, stage: baseStage(this.dockerfile.stages, stage, image.toLowerCase()) };
  }

  private start(stage: Stage): Map<string, Variable> {
    const { stage: base, image } = this.baseOf(stage);
    if (base !== undefined) return new Map(this.end(base));
    // Every image has one: the builder sets it where the base does not.
    const table = new Map<string, Variable>([['PATH', { name: 'PATH', origin: 'image' }]]);
    for (const entry of (image && this.sources.environmentOf(image)) || []) {
      const equals = entry.indexOf('=');
      const name = equals === -1 ? entry : entry.slice(0, equals);
      table.set(name, { name, value: equals === -1 ? '' : entry.slice(equals + 1), origin: 'image' });
    }
    return table;
  }

  private end(stage: Stage): Map<string, Variable> {
    const known = this.ends.get(stage);
    if (known !== undefined) return known;
    const table = this.start(stage);
    for (const instruction of stage.instructions) this.apply(instruction, table);
    this.ends.set(stage, table);
    return table;
  }

  private apply(instruction: Instruction, table: Map<string, Variable>): void {
    if (instruction.kind === 'ENV') {
      const before = new Map(table);
      for (const { name, value } of instruction.pairs) {
        const expanded = this.expandLoosely(value, before);
        table.set(name.text, {
          name: name.text,
          ...(expanded !== undefined && { value: expanded }),
          origin: 'env',
          definition: name.range,
        });
      }
    } else if (instruction.kind === 'ARG') {
      for (const { name, value } of instruction.args) this.declare(table, name, value);
    }
  }

  private declare(table: Map<string, Variable>, name: Token, value: Token | undefined): void {
    // ENV of the same name always wins over ARG.
    const known = table.get(name.text);
    if (known?.origin === 'env' || known?.origin === 'image') return;
    const global = this.globals().get(name.text);
    if (value !== undefined || global === undefined) this.set(table, name, value, 'arg');
    else table.set(name.text, { ...global, ...(global.definition === undefined && { definition: name.range }) });
  }

  private set(table: Map<string, Variable>, name: Token, value: Token | undefined, origin: VariableOrigin): void {
    const expanded = value && this.expandLoosely(value, table);
    table.set(name.text, {
      name: name.text,
      ...(expanded !== undefined && { value: expanded }),
      origin,
      definition: name.range,
    });
  }

  /** Variables without a value count as empty, as in a build; those of an unknown base image stay as they are written. */
  private expandLoosely(token: Token, table: VariableTable): string | undefined {
    const lookUp = (name: string) => {
      const variable = table.get(name);
      return variable?.value ?? (variable?.origin === 'image' ? `$${name}` : undefined);
    };
    const { value, problem } = expandWord(token.text, lookUp, { escape: this.dockerfile.syntax.escape });
    return problem === undefined ? value.slice(0, LONGEST_VALUE) : undefined;
  }
}
