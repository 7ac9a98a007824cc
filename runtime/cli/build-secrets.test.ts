import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSecrets } from './build-secrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-secrets-'));
  await writeFile(join(folder, 'token'), 'of a file');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const decoded = async (...args: Parameters<typeof readSecrets>) =>
  Object.fromEntries(
    Object.entries(await readSecrets(...args)).map(([id, text]) => [id, Buffer.from(text, 'base64').toString()]),
  );

it('reads secrets from files and from variables', async () => {
  const file = join(folder, 'token');
  expect(
    await decoded([`id=a,src=${file}`, 'id=b,env=TOKEN', 'type=env,id=TOKEN', 'id=PLAIN'], { TOKEN: 't', PLAIN: 'p' }),
  ).toEqual({
    a: 'of a file',
    b: 't',
    TOKEN: 't',
    PLAIN: 'p',
  });
});

it.each([
  ['src=x', /no id=NAME/],
  ['id=a,src=/nowhere/at/all', /secret a: \/nowhere\/at\/all is no file/],
  ['id=a,env=UNSET', /the variable UNSET is not set/],
  ['id=a,what=1', /unexpected key 'what'/],
  ['id', /must be a key=value pair/],
  ['id=a,type=vault', /unsupported secret type "vault"/],
])('says what is wrong with --secret %s', async (text, message) => {
  await expect(readSecrets([text], {})).rejects.toThrow(message);
});
