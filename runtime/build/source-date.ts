import { Readable } from 'node:stream';
import { assertNever } from '../../core/plan/assert-never.ts';
import { SOURCE_DATE, type SourceDate } from '../../core/plan/source-date.ts';
import { paddingOf } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import { BuildError } from './build-error.ts';
import type { BuildRequest } from './builder.ts';

/**
 * Settles which moment a build is from (SOURCE_DATE_EPOCH, reproducible-builds.org), and gives the request with it. Error:
 * BuildError for what is no moment.
 */
export function withSourceDate(request: BuildRequest, asked: SourceDate): BuildRequest {
  switch (asked.kind) {
    case 'none':
      return settled(request, undefined);
    case 'seconds':
      return settled(request, new Date(asked.seconds * 1000));
    case 'context':
      return settled(request, request.contextDate);
    case 'invalid':
      throw new BuildError('invalid', {
        code: 'source-date-invalid',
        message: asked.message,
        range: asked.range,
        subject: SOURCE_DATE,
      });
    default:
      return assertNever(asked);
  }
}

/** As a build's argument it is what it has turned out to be. */
function settled(request: BuildRequest, sourceDate: Date | undefined): BuildRequest {
  const { buildArgs = {} } = request;
  if (!Object.hasOwn(buildArgs, SOURCE_DATE)) return { ...request, sourceDate };
  const { [SOURCE_DATE]: _, ...others } = buildArgs;
  const own = sourceDate === undefined ? {} : { [SOURCE_DATE]: secondsOf(sourceDate) };
  return { ...request, sourceDate, buildArgs: { ...others, ...own } };
}

/** In seconds since 1970, as SOURCE_DATE_EPOCH has it. */
export function secondsOf(date: Date): string {
  return String(Math.floor(date.getTime() / 1000));
}

/** The same as images have it: RFC 3339, without a fraction, as Go writes whole seconds. */
export function sourceTime({ sourceDate }: Pick<BuildRequest, 'sourceDate'>): string | undefined {
  return sourceDate?.toISOString().replace('.000Z', 'Z');
}

/** The same archive with nothing in it that is younger than a moment. */
export function noYounger(tar: Readable, moment: Date): Readable {
  return Readable.from(clamped(tar, BigInt(moment.getTime()) * 1_000_000n), { objectMode: false });
}

async function* clamped(tar: Readable, most: bigint): AsyncGenerator<Buffer> {
  try {
    const reader = new TarReader(tar);
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      yield encodeEntry(entry.mtime > most ? { ...entry, mtime: most } : entry);
      for (let part = await reader.read(); part !== undefined; part = await reader.read()) yield part;
      const padding = paddingOf(entry.size);
      if (padding > 0) yield Buffer.alloc(padding);
    }
    yield END_OF_ARCHIVE;
  } finally {
    tar.destroy();
  }
}
