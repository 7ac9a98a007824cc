import type { Token } from '../dockerfile/ast.ts';
import type { MountFlag } from '../dockerfile/instructions.ts';
import { isStageIndex, type Stage } from '../dockerfile/stages.ts';
import { parseMemory } from '../image/size.ts';
import { cleanPath } from '../match/clean-path.ts';
import { didYouMean } from '../match/did-you-mean.ts';
import type { Origin, RunMount } from './effect.ts';
import type { PlanInputs } from './plan.ts';
import { planOrigin } from './plan-origin.ts';
import { resolveCopy } from './resolve-copy.ts';
import { missingSource } from './source-problem.ts';
import type { StageScope } from './stage-scope.ts';
import type { StepWords } from './step-words.ts';

const TYPES = ['bind', 'cache', 'secret', 'ssh', 'tmpfs'] as const;
const SHARING = ['locked', 'private', 'shared'] as const;
const KEYS = [
  ...['type', 'from', 'source', 'target', 'readonly', 'id', 'sharing', 'required', 'mode', 'uid', 'gid', 'src', 'dst'],
  ...['ro', 'rw', 'readwrite', 'size', 'env', 'destination'],
];
const YES = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const NO = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** Where a mount stands, and what is known there. */
export interface MountPlace {
  readonly stages: readonly Stage[];
  readonly stage: Stage;
  readonly scope: StageScope;
  readonly inputs: PlanInputs;
}

/** Plans a `--mount` of RUN; undefined where it is none, which is told. */
export function planMount(mount: MountFlag, place: MountPlace, words: StepWords): RunMount | undefined {
  return new MountReader(mount, place, words).read();
}

class MountReader {
  private type: RunMount['type'] = 'bind';
  private readonly values = new Map<string, string>();
  private readOnly: boolean | undefined;
  private required = false;
  private origin: Origin | undefined;
  private failed = false;

  constructor(
    private readonly mount: MountFlag,
    private readonly place: MountPlace,
    private readonly words: StepWords,
  ) {}

  read(): RunMount | undefined {
    for (const { key, value } of this.mount.fields)
      this.field(key.text.toLowerCase(), value && this.words.expand(value));
    const from = this.mount.fields.find(({ key }) => key.text.toLowerCase() === 'from')?.value;
    if (from !== undefined) this.origin = this.originOf(from);
    this.check();
    return this.failed ? undefined : this.result();
  }

  /** A variable in `from` is an error of the instruction itself. */
  private originOf(from: Token): Origin {
    const refused: Origin = { kind: 'image', reference: from.text, refused: true };
    if (from.text.includes('$')) return refused;
    if (isStageIndex(from.text)) {
      const why = `a mount takes a stage by its name, not by its number: from=${from.text} would be an image`;
      this.words.error('stage-unknown', why, from);
      return refused;
    }
    return planOrigin(from, this.place.stages, this.place.stage, this.words);
  }

  private field(key: string, value: string | undefined): void {
    switch (key) {
      case 'readonly':
      case 'ro':
        this.readOnly = this.flag(key, value);
        return;
      case 'readwrite':
      case 'rw':
        this.readOnly = !this.flag(key, value);
        return;
      case 'required':
        this.required = this.flag(key, value);
        return;
      default:
        break;
    }
    if (value === undefined) this.fail(`invalid field '${key}' must be a key=value pair`);
    else if (key === 'type') this.setType(value);
    else this.setValue(key, value);
  }

  private setValue(key: string, value: string): void {
    const name = key === 'src' ? 'source' : key === 'dst' || key === 'destination' ? 'target' : key;
    if (KEYS.includes(name)) this.values.set(name, value);
    else this.fail(`unexpected key '${key}' in '${key}=${value}'${hint(didYouMean(key, KEYS))}`);
  }

  private setType(value: string): void {
    const type = TYPES.find((each) => each === value.toLowerCase());
    if (type === undefined)
      this.fail(`unsupported mount type ${JSON.stringify(value)}${hint(didYouMean(value, TYPES))}`);
    else this.type = type;
  }

  private flag(key: string, value: string | undefined): boolean {
    if (value === undefined || YES.includes(value)) return true;
    if (!NO.includes(value)) this.fail(`invalid value for ${key}: ${value}`);
    return false;
  }

  private check(): void {
    const { type, values } = this;
    const isSecret = type === 'secret' || type === 'ssh';
    const only = (key: string, allowed: boolean): void => {
      if (values.has(key) && !allowed) this.fail(`unexpected key '${key}' for mount type '${type}'`);
    };
    if (this.required && !isSecret) this.fail(`unexpected key 'required' for mount type '${type}'`);
    only('size', type === 'tmpfs');
    only('env', type === 'secret');
    only('from', type !== 'ssh' && type !== 'tmpfs');
    for (const key of ['mode', 'uid', 'gid']) {
      if (values.has(key) && !isSecret && type !== 'cache') this.fail(`${key} not allowed for "${type}" type mounts`);
    }
    const sharing = values.get('sharing');
    if (sharing !== undefined && !SHARING.some((each) => each === sharing.toLowerCase())) {
      this.fail(`unsupported sharing value ${JSON.stringify(sharing)}${hint(didYouMean(sharing, SHARING))}`);
    } else if (sharing !== undefined && type !== 'cache' && type !== 'secret')
      this.fail(`invalid cache sharing set for ${type} mount`);
    if (type === 'secret') this.checkSecret(values);
  }

  private checkSecret(values: ReadonlyMap<string, string>): void {
    if (values.get('from')) this.fail('secret mount should not have a from');
    if (values.has('sharing')) this.fail('secret mount should not define sharing');
    const [source, id] = [values.get('source'), values.get('id')];
    if (!source && !values.get('target') && !id) this.fail('invalid secret mount. one of source, target required');
    if (source && id) this.fail("both source and id can't be set");
  }

  private result(): RunMount {
    const { type, values } = this;
    const id =
      values.get('id') ?? (type === 'secret' ? (values.get('source') ?? lastOf(values.get('target'))) : undefined);
    // Without a target it is the working directory.
    const elsewhere = {
      secret: `/run/secrets/${id}`,
      ssh: '/run/buildkit/ssh_agent.0',
      bind: '',
      cache: '',
      tmpfs: '',
    };
    const target = values.get('target') ?? elsewhere[type];
    const source = cleanPath(`/${(type === 'secret' ? undefined : values.get('source')) ?? ''}`);
    const absolute = this.place.scope.resolve(target);
    if (absolute === '/') this.fail('invalid mount target "/"');
    const origin = this.origin ?? (type === 'bind' ? ({ kind: 'context' } as const) : undefined);
    const sharing = SHARING.find((each) => each === values.get('sharing')?.toLowerCase());
    const env = values.get('env');
    const size = values.get('size');
    const files = origin?.kind === 'context' ? this.filesAt(source, absolute) : undefined;
    return {
      type,
      target: absolute,
      ...(origin && { origin }),
      source,
      ...(files && { files }),
      readOnly: this.readOnly ?? !(type === 'cache' || type === 'tmpfs'),
      ...(id !== undefined && { id }),
      sharing: sharing ?? 'shared',
      required: this.required,
      ...(size !== undefined && { size: this.bytes(size) }),
      ...this.number('mode', 8),
      ...this.number('uid', 10),
      ...this.number('gid', 10),
      ...(env !== undefined && { env }),
      ...(env !== undefined && !values.has('target') && { variableOnly: true as const }),
      range: this.mount.flag.range,
    };
  }

  private filesAt(source: string, target: string): RunMount['files'] {
    const tree = this.place.inputs.context;
    if (tree === undefined) return undefined;
    const request = { tree, destination: target, intoDirectory: false, exclude: [], parents: false };
    const { files, outcomes } = resolveCopy({ ...request, sources: [source] });
    if (outcomes[0]?.kind === 'missing') this.missing(source);
    return files;
  }

  private missing(source: string): void {
    const written = this.mount.fields.find(({ key }) => ['source', 'src'].includes(key.text.toLowerCase()))?.value;
    const range = written?.range ?? this.mount.flag.range;
    this.words.problems.push(missingSource(this.values.get('source') ?? source, range, this.place.inputs));
  }

  private number(key: 'mode' | 'uid' | 'gid', radix: 8 | 10): { mode?: number; uid?: number; gid?: number } {
    const text = this.values.get(key);
    if (text === undefined) return {};
    const isNumber = radix === 8 ? /^[0-7]+$/.test(text) : /^\d+$/.test(text);
    if (!isNumber) this.fail(`invalid value ${text} for ${key}`);
    return { [key]: Number.parseInt(text, radix) };
  }

  private bytes(text: string): number {
    const bytes = parseMemory(text);
    if (bytes === undefined) this.fail(`invalid value for size: ${text}`);
    return bytes ?? 0;
  }

  private fail(message: string): void {
    this.failed = true;
    this.words.error('mount-invalid', message, { text: this.mount.flag.text, range: this.mount.flag.range });
  }
}

function hint(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
}

function lastOf(path: string | undefined): string {
  return path?.split('/').at(-1) ?? '';
}
