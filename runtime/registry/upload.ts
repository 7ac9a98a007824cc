import { type Readable, Transform } from 'node:stream';
import type { Descriptor } from '../../core/image/manifest.ts';
import { within } from '../../core/time/within.ts';
import { type EngineError, isKind, unavailable } from '../errors.ts';
import type { RegistryConnection, RegistryRequest } from './connection.ts';
import type { HttpAnswer } from './http-client.ts';
import { pushRefused, requestRefused } from './registry-error.ts';

/** How often a broken upload is taken up again. */
const RESUMPTIONS = 5;
/** Milliseconds that the end of an upload that was given up may take. */
const FAREWELL = 2000;

/** What an upload tells while it goes on. */
export interface UploadEvents {
  /** Bytes that were read of the blob. */
  readonly onBytes?: ((sent: number) => void) | undefined;
  /** Before a new attempt, milliseconds ahead. */
  readonly onRetry?: RegistryRequest['onRetry'];
}

/** A blob whose bytes are known. */
export interface KnownBlob extends Pick<Descriptor, 'digest' | 'size'> {
  /** Its bytes from `start` on. */
  readonly open: (start: number) => Promise<Readable>;
}

/** Whether the repository has a blob (OCI distribution-spec, Checking if content exists). */
export async function hasBlob(
  connection: RegistryConnection,
  digest: string,
  signal: AbortSignal,
  events: UploadEvents = {},
): Promise<boolean> {
  const url = connection.url(`blobs/${digest}`);
  const { onRetry } = events;
  const answer = await connection.send(url, { method: 'HEAD', onRetry }, signal);
  answer.body.resume();
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw await refused(connection, answer, url);
}

/**
 * Begins an upload, or has the blob mounted from another repository (OCI distribution-spec, Mounting a blob): then
 * undefined.
 */
export async function beginUpload(
  connection: RegistryConnection,
  mount: { readonly digest: string; readonly from: string } | undefined,
  signal: AbortSignal,
  { onRetry }: UploadEvents = {},
): Promise<string | undefined> {
  const query = mount === undefined ? '' : `?${new URLSearchParams({ mount: mount.digest, from: mount.from })}`;
  const url = connection.url(`blobs/uploads/${query}`);
  const headers = { 'Content-Length': '0' };
  const answer = await connection.send(url, { method: 'POST', headers, onRetry }, signal);
  if (answer.status === 201 && mount !== undefined) {
    answer.body.resume();
    return undefined;
  }
  if (answer.status !== 202) throw await refused(connection, answer, url);
  answer.body.resume();
  return locationOf(connection, answer, url);
}

/** Uploads a blob, as a whole where nothing breaks, else in pieces from where it broke. Gives up cleanly. */
export async function uploadBlob(
  connection: RegistryConnection,
  blob: KnownBlob,
  begun: string,
  signal: AbortSignal,
  events: UploadEvents = {},
): Promise<void> {
  let location = begun;
  let start = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      if (start === 0) await putWhole(connection, blob, location, signal, events);
      else await putRest(connection, blob, location, start, signal, events);
      return;
    } catch (error) {
      if (!isKind(error, 'unavailable') || attempt === RESUMPTIONS) {
        await giveUp(connection, location);
        throw error;
      }
      const state = await askState(connection, location, signal, events);
      start = state?.received ?? 0;
      location = state?.location ?? (await restart(connection, signal, events));
    }
  }
}

/** Uploads bytes whose digest shows only at their end. `make` makes the same bytes for each attempt. */
export async function uploadStream(
  connection: RegistryConnection,
  make: () => Promise<{ readonly bytes: Readable; digest(): string }>,
  begun: string,
  signal: AbortSignal,
  events: UploadEvents = {},
): Promise<void> {
  let location = begun;
  for (let attempt = 0; ; attempt++) {
    try {
      const { bytes, digest } = await make();
      const headers = { 'Content-Type': 'application/octet-stream' };
      const request = { method: 'PATCH', headers, body: async () => bytes, once: true } as const;
      const patched = await connection.send(location, request, signal);
      if (patched.status !== 202) throw await refused(connection, patched, location);
      patched.body.resume();
      location = locationOf(connection, patched, location);
      await finish(connection, location, digest(), signal, events);
      return;
    } catch (error) {
      await giveUp(connection, location);
      if (!isKind(error, 'unavailable') || attempt === RESUMPTIONS) throw error;
      location = await restart(connection, signal, events);
    }
  }
}

async function putWhole(
  connection: RegistryConnection,
  { digest, size, open }: KnownBlob,
  location: string,
  signal: AbortSignal,
  events: UploadEvents,
): Promise<void> {
  const url = withDigest(location, digest);
  const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(size) };
  const body = async (): Promise<Readable> => counted(await open(0), 0, events);
  const answer = await connection.send(url, { method: 'PUT', headers, body, once: true }, signal);
  if (answer.status !== 201) throw await refused(connection, answer, url);
  answer.body.resume();
}

async function putRest(
  connection: RegistryConnection,
  { digest, size, open }: KnownBlob,
  location: string,
  start: number,
  signal: AbortSignal,
  events: UploadEvents,
): Promise<void> {
  let end = location;
  if (start < size) {
    const headers = {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(size - start),
      'Content-Range': `${start}-${size - 1}`,
    };
    const body = async (): Promise<Readable> => counted(await open(start), start, events);
    const answer = await connection.send(location, { method: 'PATCH', headers, body, once: true }, signal);
    if (answer.status !== 202) throw await refused(connection, answer, location);
    answer.body.resume();
    end = locationOf(connection, answer, location);
  }
  await finish(connection, end, digest, signal, events);
}

async function finish(
  connection: RegistryConnection,
  location: string,
  digest: string,
  signal: AbortSignal,
  { onRetry }: UploadEvents,
): Promise<void> {
  const url = withDigest(location, digest);
  const headers = { 'Content-Length': '0' };
  const answer = await connection.send(url, { method: 'PUT', headers, onRetry }, signal);
  if (answer.status !== 201) throw await refused(connection, answer, url);
  answer.body.resume();
}

/** How much of an upload arrived; undefined where the registry forgot it. */
async function askState(
  connection: RegistryConnection,
  location: string,
  signal: AbortSignal,
  { onRetry }: UploadEvents,
): Promise<{ location: string; received: number } | undefined> {
  const answer = await connection.send(location, { method: 'GET', onRetry }, signal);
  answer.body.resume();
  const last = /^(?:bytes=)?0-(\d+)$/.exec(String(answer.headers.range ?? ''))?.[1];
  if (answer.status !== 204 || last === undefined) return undefined;
  // `0-0` is one byte or none: as the difference does not show, all is sent again.
  if (last === '0') return undefined;
  return { location: locationOf(connection, answer, location), received: Number(last) + 1 };
}

async function restart(connection: RegistryConnection, signal: AbortSignal, events: UploadEvents): Promise<string> {
  const location = await beginUpload(connection, undefined, signal, events);
  if (location !== undefined) return location;
  throw unavailable({ code: 'upload-not-begun', message: `${connection.host} does not begin an upload` });
}

/** Tells the registry to throw away what it has; it may also do so by itself, some day. */
export async function giveUp(connection: RegistryConnection, location: string): Promise<void> {
  try {
    const signal = within(FAREWELL);
    const answer = await connection.send(location, { method: 'DELETE', once: true, headers: {} }, signal);
    answer.body.resume();
  } catch (error) {
    // The reason for giving up is what is told.
    if (!isKind(error, 'unavailable') && !isKind(error, 'cancelled')) throw error;
  }
}

function locationOf(connection: RegistryConnection, { headers }: HttpAnswer, url: string): string {
  const location = headers.location === undefined ? undefined : connection.resolve(headers.location, url);
  if (location !== undefined) return location;
  throw unavailable({
    code: 'upload-location-missing',
    message: `${connection.host} does not say where to upload to: its registry or a proxy is broken`,
    subject: connection.host,
  });
}

function withDigest(location: string, digest: string): string {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  return url.href;
}

function counted(bytes: Readable, start: number, { onBytes }: UploadEvents): Readable {
  if (onBytes === undefined) return bytes;
  let sent = start;
  const meter = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      onBytes(sent);
      done(null, chunk);
    },
  });
  bytes.once('error', (error) => meter.destroy(error));
  meter.once('close', () => bytes.destroy());
  return bytes.pipe(meter);
}

async function refused(connection: RegistryConnection, answer: HttpAnswer, url: string): Promise<EngineError> {
  const refusal = await connection.refusal(answer);
  if (answer.status !== 401 && answer.status !== 403) return requestRefused(refusal, url);
  return pushRefused(refusal, url, /^basic /i.test(String(answer.headers['www-authenticate'] ?? '')));
}
