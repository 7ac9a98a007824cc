import { didYouMean, mostLikelyMeant } from '../match/did-you-mean.ts';
import type { Flag, InstructionNode, Problem, Token } from './ast.ts';
import { errorAt } from './problems.ts';

/** What an instruction's flag takes: one value, `true` or `false`, or a value each time it is given. */
export type FlagType = 'string' | 'boolean' | 'strings';

/** The flags of each instruction that has any (Dockerfile reference). */
export const INSTRUCTION_FLAGS = {
  ADD: {
    checksum: 'string',
    chmod: 'string',
    chown: 'string',
    exclude: 'strings',
    'keep-git-dir': 'boolean',
    link: 'boolean',
    unpack: 'boolean',
  },
  COPY: {
    chmod: 'string',
    chown: 'string',
    exclude: 'strings',
    from: 'string',
    link: 'boolean',
    parents: 'boolean',
  },
  FROM: { platform: 'string' },
  HEALTHCHECK: {
    interval: 'string',
    retries: 'string',
    'start-interval': 'string',
    'start-period': 'string',
    timeout: 'string',
  },
  RUN: { device: 'strings', mount: 'strings', network: 'string', security: 'string' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FlagType>>>>;

const FLAGS: Readonly<Record<string, Readonly<Record<string, FlagType>>>> = INSTRUCTION_FLAGS;

/** The flags that an instruction takes, by its name in upper case. */
export function flagsOf(name: string): Readonly<Record<string, FlagType>> {
  return (Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined) ?? {};
}

/** The flags of one instruction, checked against what it takes; those that are wrong are left out. */
export class FlagSet {
  readonly problems: Problem[] = [];
  private readonly found: Map<string, Flag[]> | undefined;

  constructor(node: InstructionNode) {
    if (node.flags.length === 0) return;
    this.found = new Map();
    const types = flagsOf(node.name);
    for (const flag of node.flags) this.add(flag, types);
  }

  /** The flag's value, where it is given. */
  value(name: string): Token | undefined {
    return this.found?.get(name)?.[0]?.value;
  }

  /** Every one of a flag that may be given several times. */
  all(name: string): readonly Flag[] {
    return this.found?.get(name) ?? [];
  }

  /** `--name` and `--name=true` are true; absent where it is not given. */
  isTrue(name: string): boolean | undefined {
    const flag = this.found?.get(name)?.[0];
    return flag && flag.value?.text.toLowerCase() !== 'false';
  }

  private add(flag: Flag, types: Readonly<Record<string, FlagType>>): void {
    const name = flag.name.text;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) {
      this.unknown(flag, Object.keys(types));
      return;
    }
    const problem = this.wrong(flag, type);
    if (problem !== undefined) {
      this.problems.push(errorAt(flag.range, ...problem));
      return;
    }
    this.found?.set(name, [...this.all(name), flag]);
  }

  private unknown(flag: Flag, names: readonly string[]): void {
    const near = didYouMean(flag.name.text, names);
    const suggestion = near && mostLikelyMeant(flag.name.text, names);
    const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
    this.problems.push({
      code: 'flag-unknown',
      message: `unknown flag: --${flag.name.text}${hint}`,
      range: flag.name.range,
      severity: 'error',
      ...(suggestion !== undefined && { suggestion }),
    });
  }

  /** Code and message. */
  private wrong({ name: { text: name }, value }: Flag, type: FlagType): [string, string] | undefined {
    if (type !== 'strings' && this.found?.has(name)) {
      return ['flag-duplicate', `duplicate flag specified: --${name}`];
    }
    const isMissing = type === 'boolean' ? value?.text === '' : value === undefined;
    if (isMissing) return ['flag-value-missing', `missing a value on flag: --${name}`];
    if (type === 'boolean' && value !== undefined && !/^(true|false)$/i.test(value.text)) {
      return ['flag-not-boolean', `expecting boolean value for flag --${name}, not: ${value.text}`];
    }
    return undefined;
  }
}
