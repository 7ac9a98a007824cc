import type { InstructionNode, Range } from '../dockerfile/ast.ts';
import type { Instruction } from '../dockerfile/instructions.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { BaseImage } from './base-images.ts';
import type { CommandIndex } from './command-index.ts';
import type { FileFacts } from './file-facts.ts';
import type { LintOptions } from './lint-options.ts';
import type { RunScript } from './run-scripts.ts';
import type { Section } from './sections.ts';
import type { Step } from './stage-steps.ts';

export type FindingSeverity = 'error' | 'warning' | 'info' | 'style';

/** What people read to understand a rule. */
export interface RuleDocs {
  /** What goes wrong otherwise. */
  readonly why: string;
  /** A Dockerfile, or the part of one, that it finds fault with; run by the tests. */
  readonly bad: string;
  /** The same as it should be. */
  readonly good: string;
  readonly fix: RuleFix;
}

/**
 * What the fixes of a rule do. Those that keep the image are held against core's plan by the tests; every other one tells,
 * in its title and in the manual, what of the build is another one afterwards.
 */
export type RuleFix =
  /** Whatever is built, for whatever platform, is the same image. */
  | { readonly does: string; readonly sameImage: true }
  /** A clause that stands in brackets behind the title of the fix. */
  | { readonly does: string; readonly changes: string }
  /** Why there is none. */
  | { readonly none: string };

/** What is known of a rule without running it. */
export interface RuleInfo {
  /** Its name in this project; of BuildKit's rules also the last part of its documentation's address. */
  readonly id: string;
  /** The name that people know it by: BuildKit's (`WorkdirRelativePath`), hadolint's (`DL3006`) or our own (`copy-secret`). */
  readonly code: string;
  /** What it asks for, in a sentence. */
  readonly title: string;
  /** What other tools call it; suppressions may use these names too. */
  readonly aliases: readonly string[];
  readonly severity: FindingSeverity;
  readonly docs: RuleDocs;
  /** Says nothing unless its severity is set: by `.hadolint.yaml`, a setting or an option. */
  readonly off?: true;
  readonly url?: string;
  /** Says nothing without what lies in the build context, or what a registry answers. */
  readonly needs?: 'context' | 'registry';
  /** How an editor may draw what it finds: struck out or faded. */
  readonly tag?: 'deprecated' | 'unnecessary';
  /** Off unless asked for (Dockerfile reference, `check=experimental=…`). */
  readonly experimental?: true;
  /**
   * What all that it finds hangs on, and lies in: one instruction, with the comment right above it, the shell that reads it
   * and the values of its variables; only what one RUN runs, with whether its stage is shipped; or the instructions of one stage with their shells, without
   * those of the stages below it and without the numbers of their lines. Absent where it looks at more.
   */
  readonly scope?: 'instruction' | 'script' | 'stage';
  /**
   * Of a rule without a scope: kinds of instructions, also behind ONBUILD, on which all hangs that it finds, and in which
   * that lies; or their keywords alone. Absent where it looks at more: at comments, or at what is known of images.
   */
  readonly looksAt?: readonly Instruction['kind'][] | 'keywords';
  /** Of a rule that looks at FROM and ARG: also at what is known of the images that stages start from. */
  readonly asksOfImages?: true;
  /** Of a rule that looks at RUN: only at those in whose words one of these is, quotes and line ends aside. */
  readonly runs?: readonly string[];
  /**
   * BuildKit judges it over the whole file: `# check=skip=…` at the head turns it off, above one instruction it does not.
   */
  readonly wholeFile?: true;
}

/** Replaces one part of the text. */
export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** A change that takes a finding away. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** The one to apply unasked: of rules only whose fixes keep the image. */
  readonly preferred?: true;
  /** Takes those of the rule below it in the same stage away, too. */
  readonly forStage?: true;
}

/** What a rule found. */
export interface Report {
  readonly message: string;
  /** The words that are at fault. */
  readonly range: Range;
  /** The instruction where BuildKit reports it. */
  readonly at: InstructionNode;
  /** The instruction whose comment can turn it off, where that is another one. */
  readonly judged?: InstructionNode;
  readonly fixes?: readonly Fix[];
}

/** What rules look at. */
export interface RuleContext {
  readonly dockerfile: Dockerfile;
  readonly text: string;
  /** The text's, without line feeds. */
  readonly lines: readonly string[];
  readonly facts: FileFacts;
  /** Those of all stages. */
  readonly steps: readonly Step[];
  /** The stages, and what stands above the first FROM. */
  readonly sections: readonly Section[];
  /** Every RUN, in order. */
  readonly scripts: readonly RunScript[];
  /** The images that stages start from. */
  readonly images: readonly BaseImage[];
  /** What an instruction runs. */
  scriptOf(instruction: Instruction): RunScript | undefined;
  /** What they run. */
  readonly commands: CommandIndex;
  readonly options: LintOptions;
}

/** One thing that can be wrong with a Dockerfile. */
export interface Rule extends RuleInfo {
  check(context: RuleContext): Iterable<Report>;
}

/** Where BuildKit documents one of its rules. */
export function buildKitUrl(id: string): string {
  return `https://docs.docker.com/go/dockerfile/rule/${id}/`;
}

/** Whether BuildKit has a rule, so that a build tells it, too. */
export function isBuildKits({ id, url }: RuleInfo): boolean {
  return url === buildKitUrl(id);
}

/** Where hadolint documents one of its rules. */
export function hadolintUrl(code: string): string {
  return `https://github.com/hadolint/hadolint/wiki/${code}`;
}

/** A rule that hadolint has, too, under that code. */
export function hadolintRule(
  info: Omit<RuleInfo, 'aliases' | 'url'> & Partial<Pick<RuleInfo, 'aliases'>>,
  check: Rule['check'],
): Rule {
  return { aliases: [], ...info, url: hadolintUrl(info.code), check };
}

/** A rule of our own: its id is its code. `aliases`: what Trivy and Checkov call it. */
export function ownRule(
  info: Omit<RuleInfo, 'aliases' | 'code' | 'url'> & Partial<Pick<RuleInfo, 'aliases'>>,
  check: Rule['check'],
): Rule {
  return { aliases: [], ...info, code: info.id, check };
}
