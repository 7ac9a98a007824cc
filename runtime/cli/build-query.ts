import { parseMemory } from '../../core/image/size.ts';
import type { Arguments, Options } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** Options of `lapstrake build` that are the engine's affair. */
export const BUILD_OPTIONS = {
  tag: { type: 'string', short: 't', multiple: true },
  target: { type: 'string' },
  'build-arg': { type: 'string', multiple: true },
  label: { type: 'string', multiple: true },
  'no-cache': { type: 'boolean' },
  'no-cache-filter': { type: 'string', multiple: true },
  pull: { type: 'boolean' },
  platform: { type: 'string' },
  network: { type: 'string' },
  'add-host': { type: 'string', multiple: true },
  'shm-size': { type: 'string' },
  ulimit: { type: 'string', multiple: true },
  memory: { type: 'string', short: 'm' },
  'memory-swap': { type: 'string' },
  'cpu-shares': { type: 'string', short: 'c' },
  'cpu-period': { type: 'string' },
  'cpu-quota': { type: 'string' },
  'cpuset-cpus': { type: 'string' },
  'cpuset-mems': { type: 'string' },
  'cgroup-parent': { type: 'string' },
  allow: { type: 'string', multiple: true },
} as const satisfies Options;

export const BUILD_OPTION_HELP = {
  tag: 'name of the image, may be repeated',
  target: 'the stage to build',
  'build-arg': 'NAME=VALUE, or NAME to take the value from here; may be repeated',
  label: 'NAME=VALUE, may be repeated',
  'no-cache': 'execute every instruction anew',
  'no-cache-filter': 'a stage whose instructions are executed anew, may be repeated',
  pull: 'look for newer base images',
  platform: 'what it is for, such as linux/arm64; several with commas between make one image for all of them',
  network: 'the network of RUN: default, none or host',
  'add-host': 'HOST:ADDRESS for RUN, may be repeated',
  'shm-size': 'size of /dev/shm of RUN, such as 64m',
  ulimit: 'NAME=SOFT[:HARD] for RUN, may be repeated',
  memory: 'most memory of RUN, such as 512m',
  'memory-swap': 'most memory and swap of RUN together, -1 for all there is',
  'cpu-shares': 'weight of RUN among all that want the processors',
  'cpu-period': 'microseconds that --cpu-quota is for',
  'cpu-quota': 'microseconds of processor time that RUN gets in each period',
  'cpuset-cpus': 'the processors of RUN, such as 0-2,4',
  'cpuset-mems': 'the memory nodes of RUN',
  'cgroup-parent': 'the control group that those of RUN are below',
  allow: 'security.insecure: RUN --security=insecure may do what a privileged container may; may be repeated',
} as const satisfies Record<keyof typeof BUILD_OPTIONS, string>;

/** The query of `POST /build` that says the same, the names of the image apart. */
export function buildQuery(args: Arguments, env: Readonly<Record<string, string | undefined>>) {
  return {
    target: args.text('target'),
    buildargs: JSON.stringify({ ...epochOf(env), ...pairs(args.texts('build-arg'), env) }),
    labels: JSON.stringify(pairs(args.texts('label'), {})),
    nocache: args.has('no-cache'),
    nocachefilter: args.texts('no-cache-filter').flatMap((names) => names.split(',')),
    pull: args.has('pull'),
    platform: args.text('platform'),
    networkmode: args.text('network'),
    allow: args.texts('allow').flatMap((names) => names.split(',')),
    extrahosts: args.texts('add-host'),
    shmsize: bytes('shm-size', args),
    ulimits: args.texts('ulimit').length > 0 ? JSON.stringify(args.texts('ulimit').map(ulimit)) : undefined,
    memory: bytes('memory', args),
    memswap: args.text('memory-swap') === '-1' ? -1 : bytes('memory-swap', args),
    cpushares: number('cpu-shares', args),
    cpuperiod: number('cpu-period', args),
    cpuquota: number('cpu-quota', args),
    cpusetcpus: args.text('cpuset-cpus'),
    cpusetmems: args.text('cpuset-mems'),
    cgroupparent: args.text('cgroup-parent'),
    rm: true,
  };
}

function number(name: 'cpu-shares' | 'cpu-period' | 'cpu-quota', args: Arguments): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new UsageError(`--${name} is a number, not '${text}'`, name);
}

function bytes(name: 'shm-size' | 'memory' | 'memory-swap', args: Arguments): number | undefined {
  const text = args.text(name);
  const size = text === undefined ? undefined : parseMemory(text);
  if (text !== undefined && size === undefined)
    throw new UsageError(`--${name} is a size such as 64m, not '${text}'`, name);
  return size;
}

/** As `POST /build` has it; the soft limit is the hard one too where that is not said. */
function ulimit(text: string): { Name: string; Soft: number; Hard: number } {
  const [, name, soft, hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--ulimit is NAME=SOFT[:HARD], not '${text}'`, 'ulimit');
  return { Name: name, Soft: Number(soft), Hard: Number(hard) };
}

/** What reproducible builds set for every program, which docker's build passes on, too. */
function epochOf({ SOURCE_DATE_EPOCH: epoch }: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return epoch === undefined ? {} : { SOURCE_DATE_EPOCH: epoch };
}

/** `NAME=VALUE`; a name alone has its value here, or is not passed on. */
function pairs(texts: readonly string[], env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((text): [string, string][] => {
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      const value = equals < 0 ? env[name] : text.slice(equals + 1);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
