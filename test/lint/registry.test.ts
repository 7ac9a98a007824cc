import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Diagnostic, DocumentDiagnosticRequest } from 'vscode-languageserver/node';
import { RegistryAnswers } from '../../client/language/registry-answers.ts';
import { pushImage, registryAt, serve } from '../../client/registries/registry.test-support.ts';
import { RegistryQuestions } from '../../runtime/cli/lint/registry-questions.ts';
import { runLine } from '../../runtime/cli/memory-surface.test-support.ts';
import { startClient } from '../../server/test-client.test-support.ts';
import { ACCOUNT, type RealRegistry, startRealRegistry } from '../harness/real-registry.ts';

const PULLS = {
  textDocument: { diagnostic: { dynamicRegistration: false } },
  workspace: { diagnostics: { refreshSupport: true } },
};
const NO_REGISTRY = 'docker-registry is not here';
/** What only a registry can tell. */
const CODES = ['base-image-missing', 'base-image-outdated', 'InvalidBaseImagePlatform'];

let root: string;
let open: RealRegistry | undefined;
let closed: RealRegistry | undefined;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-lint-registry-'));
  [open, closed] = await Promise.all([startRealRegistry(), startRealRegistry({ htpasswd: ACCOUNT.htpasswd })]);
  if (open === undefined) return;
  for (const tag of ['1.0', '2.0']) await pushImage(open.url, 'team/app', tag);
});
afterAll(async () => {
  await Promise.all([open?.stop(), closed?.stop()]);
  await rm(root, { recursive: true, force: true });
});

async function dockerfile(name: string, text: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, 'Dockerfile'), text);
  return join(folder, 'Dockerfile');
}

const env = () => ({ HOME: '/nonexistent', PATH: process.env.PATH, DOCKER_CONFIG: join(root, 'docker') });

async function lint(file: string, ...options: string[]) {
  const { stdout, stderr, code } = await runLine(['lint', '--format', 'json', ...options, file], '', env());
  const complaints: Record<string, unknown>[] = JSON.parse(stdout);
  return { code, stderr, complaints };
}

describe('of what a registry says', () => {
  it('the command line tells the same as the editor, where it is asked to', async ({ skip }) => {
    const { host, url } = open ?? skip(NO_REGISTRY);
    const text = [
      `FROM ${host}/team/app:1.1 AS a`,
      `FROM --platform=linux/s390x ${host}/team/app:1.0 AS b`,
      `FROM ${host}/team/app:2.0@sha256:${'1'.repeat(64)} AS c`,
      `ARG V=3\nFROM ${host}/nobody:1`,
      `COPY --from=${host}/team/app:1.0 /x /y\n`,
    ].join('\n');
    const file = await dockerfile('same', text);
    const { complaints, stderr } = await lint(file, '--registry', '--context', join(file, '..'));
    const own = complaints.map(({ code, line, message }) => `${code} ${line} ${message}`).sort();
    expect(stderr).toBe('');
    for (const code of CODES)
      expect(
        own.some((each) => each.startsWith(code)),
        code,
      ).toBe(true);
    expect(own.filter((each) => each.includes('did you mean'))).toEqual([
      `base-image-missing 1 There is no ${host}/team/app:1.1 in its registry (did you mean ${host}/team/app:1.0?)`,
    ]);

    const registries = { client: async () => registryAt(url) };
    const answers = new RegistryAnswers(
      registries,
      () => true,
      () => {},
    );
    const registry = async (name: string) => (await answers.images({ names: [name] })).images[name] ?? null;
    const client = await startClient({ registry }, { capabilities: PULLS, trusted: true });
    try {
      const uri = pathToFileURL(file).href;
      const textDocument = { uri, languageId: 'dockerfile', version: 1, text };
      await client.connection.sendNotification('textDocument/didOpen', { textDocument });
      const pull = async () => {
        const report = await client.connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
        return 'items' in report ? told(report.items) : [];
      };
      await expect.poll(pull, { timeout: 15_000 }).toEqual(own);
    } finally {
      await client.stop();
    }
  });

  it('nothing is told, and no registry asked, where nobody asks for it', async () => {
    let asked = 0;
    await using server = await serve((_, response) => {
      asked++;
      response.writeHead(404).end();
    });
    const file = await dockerfile('unasked', `FROM ${server.host}/a:1\n`);
    expect(await lint(file)).toEqual({ code: 0, stderr: '', complaints: [] });
    expect(asked).toBe(0);
    expect((await lint(file, '--registry')).complaints.map(({ code }) => code)).toEqual(['base-image-missing']);
    expect(asked).toBeGreaterThan(0);
  });

  it('is asked with the account of docker’s configuration; who has none is told, and nothing fails', async ({
    skip,
  }) => {
    const { host, url } = closed ?? skip(NO_REGISTRY);
    const auth = Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64');
    await pushImage(url, 'app', '1', { authorization: `Basic ${auth}` });
    const file = await dockerfile('account', `FROM ${host}/app:2\n`);
    const without = await lint(file, '--registry');
    expect(without).toMatchObject({ code: 0, complaints: [] });
    expect(without.stderr).toContain(`nothing is known of ${host}/app:2 in its registry`);
    await mkdir(join(root, 'docker'));
    await writeFile(join(root, 'docker', 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    expect(await lint(file, '--registry')).toMatchObject({ code: 1, stderr: '', complaints: [{ code: CODES[0] }] });
  });
});

describe('a registry that does not answer', () => {
  function questions(patience: number, signal = new AbortController().signal) {
    let said = '';
    const write = (chunk: unknown, _encoding: string, done: () => void): void => {
      said += String(chunk);
      done();
    };
    return {
      asked: new RegistryQuestions({ env: env(), signal, stderr: new Writable({ write }) }, patience),
      said: () => said,
    };
  }

  it('takes no longer than its time, is told once, and not asked again', async () => {
    let requests = 0;
    await using server = await serve(() => {
      requests++;
    });
    const { asked, said } = questions(200);
    expect(await asked.about([`${server.host}/a:1`, `${server.host}/b:1`])).toEqual(new Map());
    expect(said()).toMatch(/^lapstrake: nothing is known of \S+ in its registry: no answer within 0\.2 seconds\n$/);
    const before = requests;
    expect(await asked.about([`${server.host}/c:1`])).toEqual(new Map());
    expect(requests).toBe(before);
  });

  it('makes no difference to what else is found, and to the exit code', async () => {
    const file = await dockerfile('gone', 'FROM 127.0.0.1:9/a:1\nWORKDIR app\n');
    const { code, stderr, complaints } = await lint(file, '--registry');
    expect({ code, complaints: complaints.map((each) => each.code) }).toEqual({
      ...{ code: 1, complaints: ['WorkdirRelativePath'] },
    });
    expect(stderr).toContain('nothing is known of 127.0.0.1:9/a:1 in its registry');
  });

  it('keeps nobody who interrupts', async () => {
    const interrupt = new AbortController();
    await using server = await serve(() => interrupt.abort());
    const { asked } = questions(60_000, interrupt.signal);
    await expect(asked.about([`${server.host}/a:1`])).rejects.toThrow();
  });
});

function told(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, range: { start }, message }) => `${code} ${start.line + 1} ${message}`).sort();
}
