import { readFile } from 'node:fs/promises';
import { MOST_SECRET_BYTES } from '../../protocol/local-build.ts';
import { hasErrno } from '../os/errno.ts';
import { UsageError } from './usage-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads what `--secret` names: `id=NAME[,src=FILE]` or `id=NAME[,env=VARIABLE]`, as docker build has it. Without either,
 * the variable of that name where there is one, else the file. Gives Base64 by id. Error: UsageError.
 */
export async function readSecrets(texts: readonly string[], env: Env): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  for (const text of texts) {
    const { id, value } = await readSecret(text, env);
    if (value.length > MOST_SECRET_BYTES) {
      throw new UsageError(
        `invalid secret ${id}: it has ${value.length} bytes, and at most ${MOST_SECRET_BYTES} are allowed`,
      );
    }
    secrets[id] = value.toString('base64');
  }
  return secrets;
}

async function readSecret(text: string, env: Env): Promise<{ readonly id: string; readonly value: Buffer }> {
  const fields = fieldsOf(text, '--secret');
  for (const key of fields.keys()) {
    if (!['id', 'src', 'source', 'env', 'type'].includes(key))
      throw new UsageError(`unexpected key '${key}' in '--secret ${text}'`);
  }
  const id = fields.get('id') ?? '';
  if (id === '') throw new UsageError(`--secret ${text}: it has no id=NAME`);
  const type = fields.get('type');
  if (type !== undefined && type !== 'file' && type !== 'env')
    throw new UsageError(`unsupported secret type "${type}"`);
  const source = fields.get('src') ?? fields.get('source');
  const variable = fields.get('env') ?? (type === 'env' ? (source ?? id) : undefined);
  if (variable === undefined && source === undefined && type === undefined && env[id] !== undefined) {
    return { id, value: Buffer.from(env[id]) };
  }
  if (variable === undefined) return { id, value: await readSource(id, source ?? id) };
  const value = env[variable];
  if (value === undefined) throw new UsageError(`secret ${id}: the variable ${variable} is not set`);
  return { id, value: Buffer.from(value) };
}

async function readSource(id: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) throw error;
    throw new UsageError(`secret ${id}: ${file} is no file that can be read`);
  }
}

function fieldsOf(text: string, option: string): Map<string, string> {
  return new Map(
    text.split(',').map((field) => {
      const at = field.indexOf('=');
      if (at < 0) throw new UsageError(`${option} ${text}: '${field}' must be a key=value pair`);
      return [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1)];
    }),
  );
}
