import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Diagnostic,
  DocumentDiagnosticRequest,
  type WorkspaceDiagnosticReport,
  WorkspaceDiagnosticRequest,
} from 'vscode-languageserver/node';
import { runLine } from '../../runtime/cli/memory-surface.test-support.ts';
import { startClient } from '../../server/test-client.test-support.ts';

const PULLS = {
  textDocument: { diagnostic: { dynamicRegistration: false } },
  workspace: { diagnostics: { refreshSupport: true }, workspaceFolders: true },
};
const SEVERITIES = ['', 'error', 'warning', 'info', 'style'];

/** Dockerfiles that are wrong in every way that there is. */
const FILES: Readonly<Record<string, string>> = {
  'syntax.Dockerfile': 'FROM node:22 as build\nEXPOSEE 1\nCOPY --frm=x a b\nRUN <<EOF\nx\n',
  'rules.Dockerfile':
    'FROM node:22\nMAINTAINER me\nWORKDIR app\nENV A=$NODE_VERSION B=$TYPO\nRUN cd /x && sudo apt-get install git\nCMD x\nCMD y\n',
  'shell.Dockerfile':
    'FROM debian:13\nSHELL ["/bin/bash", "-c"]\nRUN for f in $(ls); do rm $f; done\nRUN <<EOF\nif [ $A == b ]; then echo $1; fi\nEOF\n',
  'context.Dockerfile':
    "FROM scratch\nCOPY gone.txt ignored.log /x/\nCOPY . /y/\nCOPY ['a'] /z/\nADD package.json /p/\nCOPY --from=nowhere:1 /a /b\n",
  'comments.Dockerfile':
    '# check=skip=JSONArgsRecommended;error=true\n# hadolint global ignore=DL3020\nFROM a:1\n# hadolint ignore=DL3066\nUSER me\nADD x.txt /x\nCMD x\n',
  'settings.Dockerfile': 'FROM evil.example.com/a:1\nLABEL version=x\nRUN yum install -y a\n',
  'empty.Dockerfile': '',
  'comment.Dockerfile': '# check=skip=Nonsense\n',
};
const CONTEXT: Readonly<Record<string, string>> = {
  '.dockerignore': '*.log\n',
  '.env': 'KEY=1',
  '.git/HEAD': 'x',
  '.hadolint.yaml':
    'ignored: [DL3033]\ntrustedRegistries: [docker.io]\nlabel-schema:\n  version: semver\noverride:\n  info: [DL3026]\n',
  'ignored.log': 'x',
  'package.json': '{}',
};

let root: string;
let client: Awaited<ReturnType<typeof startClient>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-agree-'));
  for (const [path, text] of Object.entries({ ...CONTEXT, ...FILES })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const folders = [pathToFileURL(root).href];
  client = await startClient({}, { capabilities: PULLS, folders, trusted: true });
});
afterAll(async () => {
  await client?.stop();
  await rm(root, { recursive: true, force: true });
});

const uriOf = (file: string): string => pathToFileURL(join(root, file)).href;

/** What the command line says, a line for each complaint. */
async function commandLine(file: string, ...options: string[]): Promise<string[]> {
  const path = join(root, file);
  const env = { HOME: '/nonexistent', PATH: process.env.PATH };
  const { stdout } = await runLine(['lint', '--format', 'json', ...options, path], '', env);
  const complaints: Record<string, unknown>[] = JSON.parse(stdout);
  return complaints
    .map(({ code, level, line, column, endLine, endColumn, message }) =>
      [code, level, `${line}:${column}-${endLine}:${endColumn}`, message].join(' '),
    )
    .sort();
}

function inEditor(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .map(({ code, severity, range: { start, end }, message }) =>
      [
        ...[code, SEVERITIES[severity ?? 0]],
        `${start.line + 1}:${start.character + 1}-${end.line + 1}:${end.character + 1}`,
        message,
      ].join(' '),
    )
    .sort();
}

describe('the command line and the editor say the same', () => {
  it.each(Object.keys(FILES))('of %s, open, over its context', async (file) => {
    const expected = await commandLine(file, '--context', root);
    const uri = uriOf(file);
    const textDocument = { uri, languageId: 'dockerfile', version: 1, text: FILES[file] };
    await client.connection.sendNotification('textDocument/didOpen', { textDocument });
    const pull = async () => {
      const report = await client.connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: { uri } });
      return 'items' in report ? inEditor(report.items) : [];
    };
    await expect.poll(pull, { timeout: 15_000 }).toEqual(expected);
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  });

  it('of files that are not open, without a context', async () => {
    const report: WorkspaceDiagnosticReport = await client.connection.sendRequest(WorkspaceDiagnosticRequest.type, {
      previousResultIds: [],
    });
    const said = new Map(report.items.map((each) => [each.uri, 'items' in each ? inEditor(each.items) : []]));
    for (const file of Object.keys(FILES)) expect(said.get(uriOf(file)), file).toEqual(await commandLine(file));
  });

  it('and it is something', async () => {
    const all = (await Promise.all(Object.keys(FILES).map((file) => commandLine(file, '--context', root)))).flat();
    const codes = all.map((line) => line.split(' ')[0]);
    const some = ['instruction-unknown', 'DL3004', 'WorkdirRelativePath', 'copy-source-ignored', 'DL3026'];
    expect(codes).toEqual(expect.arrayContaining(some));
  });
});
