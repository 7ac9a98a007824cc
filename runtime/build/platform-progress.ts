import { formatPlatform, type Platform, parsePlatform } from '../../core/image/platform.ts';
import { invalid } from '../errors.ts';
import { BuildError } from './build-error.ts';
import type { BuildProgress } from './builder.ts';

/**
 * The platforms that a build is for (`linux/amd64,linux/arm64`), each once; the machine's own where none is named.
 * Error: EngineError `invalid`, code `platform-invalid`.
 */
export function readPlatforms(text: string | undefined, own: Platform): readonly [Platform, ...Platform[]] {
  const found = new Map<string, Platform>();
  for (const each of (text ?? '').split(',').map((part) => part.trim())) {
    if (each === '') continue;
    const platform = parsePlatform(each);
    if (platform === undefined) {
      throw invalid({
        code: 'platform-invalid',
        message: `"${each}" is no platform: write it as linux/amd64`,
        subject: each,
      });
    }
    found.set(formatPlatform(platform), platform);
  }
  const [first = own, ...others] = found.values();
  return [first, ...others];
}

/** One of the builds, each for a platform, that make up a build for several. */
export interface PlatformShare {
  /** `linux/arm64`. */
  readonly platform: string;
  /** Steps of the builds before it, and of all together. */
  readonly before: number;
  readonly total: number;
}

/** Tells the steps of one platform's build among those of all. */
export function progressOf({ platform, before, total }: PlatformShare, progress: BuildProgress): BuildProgress {
  return (event) => {
    if (event.kind === 'step') progress({ ...event, number: event.number + before, total, platform });
    else if (event.step !== undefined) progress({ ...event, step: event.step + before });
    else progress(event);
  };
}

/** A failure that says for which platform it was built. */
export function failureFor({ platform }: Pick<PlatformShare, 'platform'>, error: unknown): unknown {
  if (!(error instanceof BuildError)) return error;
  const { kind, code, message, range, exitCode, output, stateBefore, subject } = error;
  const more = { code, range, exitCode, output, stateBefore, subject, cause: error };
  return new BuildError(kind, { ...more, message: `${platform}: ${message}` });
}
