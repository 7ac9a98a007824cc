import { formatPlatform, type Platform } from '../image/platform.ts';

/** Values by name, in the order in which they were first set. */
export type Variables = ReadonlyMap<string, string>;

/**
 * The predefined arguments that FROM may use, and a stage once it declares them (Dockerfile reference, automatic
 * platform ARGs). Build args of the same name override them.
 */
export function predefinedArguments(
  build: Platform,
  target: Platform,
  stage: string,
  buildArgs: Readonly<Record<string, string>>,
): Variables {
  const predefined = [
    ['BUILDPLATFORM', formatPlatform(build)],
    ['BUILDOS', build.os],
    ['BUILDOSVERSION', ''],
    ['BUILDARCH', build.architecture],
    ['BUILDVARIANT', build.variant ?? ''],
    ['TARGETPLATFORM', formatPlatform(target)],
    ['TARGETOS', target.os],
    ['TARGETOSVERSION', ''],
    ['TARGETARCH', target.architecture],
    ['TARGETVARIANT', target.variant ?? ''],
    ['TARGETSTAGE', stage === '' ? 'default' : stage],
  ] as const;
  return new Map(predefined.map(([name, value]) => [name, ownValue(buildArgs, name) ?? value]));
}

/** Build args that reach RUN without an ARG, and are kept out of the image and of cache keys. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'] as const;

/** Gives the proxy variables among the build args, in both cases, as RUN sees them. */
export function proxyVariables(buildArgs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(buildArgs)) {
    const upper = name.toUpperCase();
    if (!PROXIES.some((proxy) => proxy === upper)) continue;
    found[upper] = value;
    found[upper.toLowerCase()] = value;
  }
  return found;
}

/** Gives the build arg of that name; nothing that every object inherits. */
export function ownValue(buildArgs: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
}
