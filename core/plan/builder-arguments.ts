import { parseGoBool } from '../match/go-bool.ts';
import { ownValue } from './global-arguments.ts';

/** What build arguments ask of the builder itself (Dockerfile reference, BuildKit built-in build args). */
export interface BuilderArguments {
  /** Of RUN; the sandbox's own where undefined. */
  readonly hostname?: string;
  /** Cache mounts of one id are others in another. */
  readonly cacheNamespace?: string;
  /** An index, however many platforms are built; undefined where their number decides. */
  readonly multiPlatform?: boolean;
  readonly keepGitDir: boolean;
  readonly inlineCache: boolean;
  /** What of them has no effect here, in a sentence each. */
  readonly warnings: readonly string[];
  /** Why it cannot be built. */
  readonly problem?: string;
}

/** Most characters of a host name, as Linux has it. */
const LONGEST_HOSTNAME = 64;

/** Reads the arguments of a build that are the builder's affair; those of the frontend are read with the Dockerfile. */
export function builderArguments(buildArgs: Readonly<Record<string, string>>): BuilderArguments {
  const text = (name: string): string | undefined => ownValue(buildArgs, `BUILDKIT_${name}`) || undefined;
  const isOn = (name: string): boolean => parseGoBool(text(name) ?? '') === true;
  const [hostname, cacheNamespace, multi] = [text('SANDBOX_HOSTNAME'), text('CACHE_MOUNT_NS'), text('MULTI_PLATFORM')];
  const multiPlatform = multi === undefined ? undefined : parseGoBool(multi);
  const problem =
    multi !== undefined && multiPlatform === undefined
      ? `invalid boolean value for multi-platform: ${multi}`
      : hostname !== undefined && (hostname.length > LONGEST_HOSTNAME || !/^[\w.-]+$/.test(hostname))
        ? `invalid BUILDKIT_SANDBOX_HOSTNAME: ${hostname}: it has at most ${LONGEST_HOSTNAME} letters, digits, dots and dashes`
        : undefined;
  const buildName = text('BUILD_NAME');
  return {
    ...(hostname !== undefined && { hostname }),
    ...(cacheNamespace !== undefined && { cacheNamespace }),
    ...(multiPlatform !== undefined && { multiPlatform }),
    keepGitDir: isOn('CONTEXT_KEEP_GIT_DIR'),
    inlineCache: isOn('INLINE_CACHE'),
    warnings:
      buildName === undefined ? [] : [`BUILDKIT_BUILD_NAME ${buildName} is not used: builds have no names here`],
    ...(problem !== undefined && { problem }),
  };
}
