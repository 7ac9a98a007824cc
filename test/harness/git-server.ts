import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Server as SshServer } from 'ssh2';

/** Repositories below one folder, served by the git of this machine over HTTP, its own protocol and SSH. */
export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or `https://…` */
  readonly http: string;
  /** `git://127.0.0.1:PORT` */
  readonly git: string;
  /** `ssh://git@127.0.0.1:PORT` */
  readonly ssh: string;
  /** What HTTP clients said of who they are, in their order. */
  readonly authorizations: readonly (string | undefined)[];
  /** Makes or changes files of a repository's branch, commits them, and gives the commit. */
  commit(name: string, files: Readonly<Record<string, string>>, branch?: string): Promise<string>;
  /** Runs git in a repository's work tree, its own protocols allowed. */
  run(name: string, ...args: readonly string[]): Promise<string>;
}

/** `sshKey` is the public key that may enter, in OpenSSH's form; with `tls` HTTP is encrypted. */
export async function startGitServer(
  sshKey?: string,
  tls?: { readonly cert: Buffer; readonly key: Buffer },
): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-git-'));
  const authorizations: (string | undefined)[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    authorizations.push(request.headers.authorization);
    serve(folder, request, response);
  };
  const web = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  const daemon = createTcpServer((socket) => {
    const child = spawn('git', ['daemon', '--inetd', '--export-all', `--base-path=${folder}`], { env: gitEnv(folder) });
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
    socket.on('error', () => child.kill());
    child.stdin.on('error', () => undefined);
  });
  const ssh = sshServer(folder, sshKey);
  for (const server of [web, daemon]) await once(server.listen(0, '127.0.0.1'), 'listening');
  await new Promise<void>((resolve) => ssh.listen(0, '127.0.0.1', resolve));
  const at = (server: { address(): unknown }): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = async (name: string, ...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', ['-C', join(folder, name), ...args], { env: gitEnv(folder) });
    return stdout.trim();
  };
  return {
    http: `http${tls === undefined ? '' : 's'}://${at(web)}`,
    git: `git://${at(daemon)}`,
    ssh: `ssh://git@${at(ssh)}`,
    authorizations,
    run,
    async commit(name, files, branch = 'main') {
      await mkdir(join(folder, name), { recursive: true });
      await run(name, 'init', '--quiet', '--initial-branch=main');
      await run(name, 'checkout', '--quiet', '-B', branch);
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name, path)), { recursive: true });
        await writeFile(join(folder, name, path), content, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
      }
      await run(name, 'add', '--all');
      await run(name, 'commit', '--quiet', '--allow-empty', '-m', 'change');
      return run(name, 'rev-parse', 'HEAD');
    },
    async [Symbol.asyncDispose]() {
      web.closeAllConnections();
      await Promise.all([web, daemon, ssh].map((server) => new Promise((done) => server.close(done))));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function gitEnv(folder: string): NodeJS.ProcessEnv {
  const who = { NAME: 'Test', EMAIL: 'test@example.com', DATE: '2024-05-06T07:08:09Z' };
  return {
    PATH: process.env.PATH,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'file:http:https:git:ssh',
    ...Object.fromEntries(
      Object.entries(who).flatMap(([key, value]) => [
        [`GIT_AUTHOR_${key}`, value],
        [`GIT_COMMITTER_${key}`, value],
      ]),
    ),
  };
}

/** Git's own CGI program; `/NAME.git` is the work tree NAME. */
function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://x');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnv(folder),
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.replace(/\.git(?=\/)/, '/.git'),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const headers = all
      .subarray(0, Math.max(0, end))
      .toString()
      .split('\r\n')
      .filter((line) => line !== '');
    const fields = headers.map((line) => line.split(/: */, 2) as [string, string]);
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200';
    for (const [name, value] of fields) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10));
    response.end(all.subarray(end + 4));
  });
}

function sshServer(folder: string, allowed: string | undefined): SshServer {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const [, blob = ''] = allowed?.split(' ') ?? [];
  return new SshServer({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (ask) => {
      const mine = ask.method === 'publickey' && ask.key.data.toString('base64') === blob;
      if (mine) ask.accept();
      else ask.reject(['publickey']);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('env', (yes) => yes?.());
      session.on('exec', (yes, _no, { command }) => {
        const channel = yes();
        const path = /^git-upload-pack '\/([\w./-]+)'$/.exec(command)?.[1] ?? '';
        const child = spawn('git', ['upload-pack', join(folder, path)], { env: gitEnv(folder) });
        channel.pipe(child.stdin);
        child.stdin.on('error', () => undefined);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.on('close', (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
  });
}
