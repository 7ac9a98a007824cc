import type { Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import { type BaseImage, baseImages } from './base-images.ts';
import { CommandIndex } from './command-index.ts';
import type { FileFacts } from './file-facts.ts';
import type { LintOptions } from './lint-options.ts';
import type { RuleContext } from './rule.ts';
import type { RunScript } from './run-scripts.ts';
import { type Section, sectionsOf } from './sections.ts';
import type { Step } from './stage-steps.ts';

/** What rules look at; what not all of them need is made when one asks for it. */
export class FileContext implements RuleContext {
  private split: readonly string[] | undefined;
  private index: CommandIndex | undefined;
  private all: readonly RunScript[] | undefined;
  private bases: readonly BaseImage[] | undefined;
  private walked: readonly Step[] | undefined;
  private parts: readonly Section[] | undefined;
  private byInstruction: ReadonlyMap<Instruction, RunScript> | undefined;

  constructor(
    readonly dockerfile: Dockerfile,
    readonly text: string,
    readonly options: LintOptions,
    readonly facts: FileFacts,
    /** Those above the first FROM, and those of each stage. */
    private readonly scriptLists: readonly (readonly RunScript[])[],
  ) {}

  get scripts(): readonly RunScript[] {
    this.all ??= this.scriptLists.flat();
    return this.all;
  }

  get images(): readonly BaseImage[] {
    this.bases ??= baseImages(this);
    return this.bases;
  }

  get lines(): readonly string[] {
    this.split ??= this.text.split('\n');
    return this.split;
  }

  get steps(): readonly Step[] {
    this.walked ??= this.facts.stages.flatMap(({ steps }) => steps);
    return this.walked;
  }

  get commands(): CommandIndex {
    this.index ??= new CommandIndex(this.scriptLists);
    return this.index;
  }

  get sections(): readonly Section[] {
    this.parts ??= sectionsOf(this.dockerfile, this.facts);
    return this.parts;
  }

  scriptOf(instruction: Instruction): RunScript | undefined {
    this.byInstruction ??= new Map(this.scripts.map((script) => [script.outer, script]));
    return this.byInstruction.get(instruction);
  }
}
