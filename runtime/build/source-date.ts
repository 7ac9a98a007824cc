import { Readable } from 'node:stream';
import { paddingOf } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import { invalid } from '../errors.ts';
import type { BuildRequest } from './builder.ts';

/**
 * The moment that an image is to be from: seconds since 1970, as the build argument SOURCE_DATE_EPOCH says it
 * (reproducible-builds.org); undefined for now. Error: EngineError `invalid` for anything else.
 */
export function sourceDate({ buildArgs = {} }: Pick<BuildRequest, 'buildArgs'>): Date | undefined {
  const text = buildArgs.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  const date = /^\d{1,11}$/.test(text) ? new Date(Number(text) * 1000) : new Date(Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw invalid({
    code: 'source-date-invalid',
    message: `invalid SOURCE_DATE_EPOCH: ${text}: it is a number of seconds since 1970`,
    subject: 'SOURCE_DATE_EPOCH',
  });
}

/** The same as images have it: RFC 3339, without a fraction, as Go writes whole seconds. */
export function sourceTime(request: Pick<BuildRequest, 'buildArgs'>): string | undefined {
  return sourceDate(request)?.toISOString().replace('.000Z', 'Z');
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
