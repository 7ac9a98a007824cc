import * as z from 'zod/mini';
import { invalid } from '../errors.ts';
import { architectures } from './seccomp-profile.ts';

/** Go's names of architectures, as profiles use them. */
const GO_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const Action = z.string().check(z.regex(/^SCMP_ACT_[A-Z_]+$/));
const words = z._default(z.nullable(z.array(z.string())), null);
const Condition = z.nullish(z.object({ caps: words, arches: words, minKernel: z.nullish(z.string()) }));
const Rule = z.object({
  name: z.nullish(z.string()),
  names: words,
  action: Action,
  errnoRet: z.nullish(z.number()),
  args: z.nullish(
    z.array(z.object({ index: z.number(), value: z.number(), valueTwo: z.nullish(z.number()), op: z.string() })),
  ),
  includes: Condition,
  excludes: Condition,
});
const Profile = z.object({
  defaultAction: Action,
  defaultErrnoRet: z.nullish(z.number()),
  architectures: words,
  archMap: z.nullish(z.array(z.object({ architecture: z.string(), subArchitectures: words }))),
  flags: words,
  syscalls: z.nullish(z.array(Rule)),
});

/** A filter of system calls of a user's own, in Docker's format (moby `profiles/seccomp`). */
export type CustomProfile = z.output<typeof Profile>;

/** What of a machine and a process the rules of a profile may depend on. */
export interface ProfileGround {
  readonly capabilities: readonly string[];
  /** Node's name. */
  readonly arch: string;
  /** `uname -r`. */
  readonly kernel: string;
}

/** Reads the text of a profile. Error: EngineError `invalid`. */
export function parseProfile(text: string): CustomProfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad('it is not JSON', cause);
  }
  const read = z.safeParse(Profile, value);
  if (!read.success) throw bad(`${read.error.issues[0]?.path.join('.') ?? ''} is not as it should be`, read.error);
  if (read.data.architectures?.length && read.data.archMap?.length) {
    throw bad('it has both architectures and archMap: use one of them');
  }
  return read.data;
}

/** The profile as a runtime takes it (runtime-spec config-linux.md, Seccomp): the rules that apply, without conditions. */
export function resolveProfile(profile: CustomProfile, ground: ProfileGround): Record<string, unknown> {
  const own = architectures(ground.arch);
  const mapped = profile.archMap?.find(({ architecture }) => architecture === own[0]);
  const named =
    mapped === undefined ? profile.architectures : [mapped.architecture, ...(mapped.subArchitectures ?? [])];
  const rules = (profile.syscalls ?? []).filter(
    ({ includes, excludes }) => includesAll(includes, ground) && !excludesOne(excludes, ground),
  );
  return {
    defaultAction: profile.defaultAction,
    ...(typeof profile.defaultErrnoRet === 'number' && { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(named?.length && { architectures: named }),
    ...(profile.flags?.length && { flags: profile.flags }),
    syscalls: rules.map(({ name, names, action, errnoRet, args }) => ({
      names: [...(names ?? []), ...(name ? [name] : [])],
      action,
      ...(typeof errnoRet === 'number' && { errnoRet }),
      ...(args?.length && { args: args.map(({ valueTwo, ...arg }) => ({ ...arg, valueTwo: valueTwo ?? 0 })) }),
    })),
  };
}

type Conditions = z.output<typeof Condition>;

function includesAll(wanted: Conditions, { capabilities, arch, kernel }: ProfileGround): boolean {
  if (!wanted) return true;
  const isArch = !wanted.arches?.length || wanted.arches.includes(GO_NAMES[arch] ?? arch);
  const isNew = !wanted.minKernel || isAtLeast(kernel, wanted.minKernel);
  return isArch && isNew && (wanted.caps ?? []).every((name) => capabilities.includes(name));
}

function excludesOne(unwanted: Conditions, { capabilities, arch, kernel }: ProfileGround): boolean {
  if (!unwanted) return false;
  const isArch = unwanted.arches?.includes(GO_NAMES[arch] ?? arch) ?? false;
  const isNew = Boolean(unwanted.minKernel) && isAtLeast(kernel, unwanted.minKernel!);
  return isArch || isNew || (unwanted.caps ?? []).some((name) => capabilities.includes(name));
}

function isAtLeast(release: string, least: string): boolean {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function bad(why: string, cause?: unknown) {
  return invalid({ code: 'seccomp-profile', message: `invalid seccomp profile: ${why}`, cause });
}
