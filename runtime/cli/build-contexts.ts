import { resolve } from 'node:path';
import { parseDigest } from '../../core/image/digest.ts';
import { gitContext } from '../../core/plan/git-source.ts';
import type { LocalBuildRequest } from '../../protocol/local-build.ts';
import { isFolder } from './context-tar.ts';
import { UsageError } from './usage-error.ts';

/** Whether a context is an address that the engine fetches. */
export function isRemote(context: string): boolean {
  return gitContext(context) !== undefined || /^https?:\/\//i.test(context);
}

/** Reads `--build-context NAME=…`. Error: UsageError for what is none, or no folder. */
export async function readNamedContexts(
  texts: readonly string[],
): Promise<NonNullable<LocalBuildRequest['namedContexts']>> {
  const contexts: NonNullable<LocalBuildRequest['namedContexts']> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    const [name, value] = [text.slice(0, Math.max(0, equals)), text.slice(equals + 1)];
    if (name === '' || value === '') {
      throw new UsageError(
        `--build-context ${text}: write NAME=FOLDER, NAME=docker-image://IMAGE, NAME=oci-layout://FOLDER[:TAG] or NAME=URL`,
      );
    }
    const image = /^docker-image:\/\/(.+)$/.exec(value)?.[1];
    const layout = /^oci-layout:\/\/(.+)$/.exec(value)?.[1];
    if (image !== undefined) contexts[name] = { image };
    else if (layout !== undefined) contexts[name] = { layout: await readLayout(layout, text) };
    else if (isRemote(value)) contexts[name] = { remote: value };
    else if (await isFolder(value)) contexts[name] = { folder: resolve(value) };
    else throw new UsageError(`--build-context ${text}: there is no folder ${value}`, value);
  }
  return contexts;
}

/** `FOLDER`, `FOLDER:TAG` or `FOLDER@DIGEST`. */
async function readLayout(value: string, text: string) {
  const [, path = '', tag, digestText] = /^(.+?)(?::([^/:@]+))?(?:@(sha256:.+))?$/.exec(value) ?? [];
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if (digestText !== undefined && digest === undefined) {
    throw new UsageError(`--build-context ${text}: ${digestText} is no digest`, digestText);
  }
  if (!(await isFolder(path))) throw new UsageError(`--build-context ${text}: there is no folder ${path}`, path);
  return { folder: resolve(path), ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}
