import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineLog } from '../log.ts';
import { Router } from './router.ts';
import { ApiServer } from './server.ts';
import { clearStaleSocket, prepareSocketFolder } from './socket-place.ts';

const SELF = process.getuid?.() ?? 0;
const OTHER = 54_321;
/** Where every user may make a folder: TMPDIR may be this user's own. */
const EVERYBODYS = '/tmp';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(EVERYBODYS, 'lapstrake-place-'));
  lines = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function server(): ApiServer {
  const log = lineLog((line) => lines.push(line), { level: 'info', format: 'text', now: () => new Date() });
  return new ApiServer({ router: new Router({}), log, version: '0' });
}

/** Makes a path another user's, and gives who must find it so: where it cannot be given away, somebody else looks. */
async function givenAway(path: string): Promise<number> {
  if (SELF !== 0) return SELF + 1;
  await chown(path, OTHER, OTHER);
  return SELF;
}

/** Leaves a socket on which nobody listens, as a daemon that was killed does. */
async function staleSocket(path: string): Promise<void> {
  const other = join(folder, 'moved.sock');
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(other, resolve));
  await rename(other, path);
  await new Promise((resolve) => listener.close(resolve));
}

describe('the folder of the socket', () => {
  it("is not used where it is another user's, who is named", async () => {
    const place = join(folder, 'lapstrake');
    await mkdir(place);
    const uid = await givenAway(place);
    await expect(prepareSocketFolder(join(place, 's.sock'), undefined, uid)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'socket-folder-unsafe',
      message: expect.stringMatching(`refusing to listen in ${place}.*: it belongs to another user \\(uid`),
    });
  });

  it("is not made below another user's, nor through another user's link", async () => {
    const uid = await givenAway(folder);
    await expect(prepareSocketFolder(join(folder, 'lapstrake/s.sock'), undefined, uid)).rejects.toMatchObject({
      code: 'socket-folder-unsafe',
      message: expect.stringContaining(`because of ${folder}: it belongs to another user`),
    });
    await expect(stat(join(folder, 'lapstrake'))).rejects.toThrow('ENOENT');
    if (SELF !== 0) return;
    await chown(folder, SELF, SELF);
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    await lchown(join(folder, 'link'), OTHER, OTHER);
    await expect(prepareSocketFolder(join(folder, 'link/s.sock'))).rejects.toMatchObject({
      code: 'socket-folder-unsafe',
    });
  });

  it('is closed to others where it is the user’s own, and the log says so', async () => {
    await chmod(folder, 0o777);
    const api = server();
    await api.listen(join(folder, 's.sock'));
    expect((await stat(folder)).mode & 0o7777).toBe(0o755);
    expect(lines.join()).toContain(`${folder} holds the engine's socket`);
    await api.close();
  });

  it('may be one where everybody has files but only their own, with a socket for the user only', async () => {
    await chmod(folder, 0o1777);
    const socket = join(folder, 's.sock');
    const api = server();
    await api.listen(socket);
    expect((await stat(folder)).mode & 0o7777).toBe(0o1777);
    expect((await lstat(socket)).mode & 0o777).toBe(0o600);
    await api.close();
    await expect(lstat(socket)).rejects.toThrow('ENOENT');
  });

  it('is made for the user only where there is none', async () => {
    const api = server();
    await api.listen(join(folder, 'a/b/s.sock'));
    expect((await stat(join(folder, 'a/b'))).mode & 0o777).toBe(0o700);
    await api.close();
  });
});

describe('what is at the path of the socket', () => {
  it('stays where it is a file or a link', async () => {
    const file = join(folder, 'precious');
    await writeFile(file, 'text');
    await symlink('precious', join(folder, 'link'));
    for (const path of [file, join(folder, 'link')]) {
      await expect(server().listen(path)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'socket-path-taken',
        message: expect.stringContaining(`cannot listen on ${path}: what is there is no socket`),
      });
    }
    expect(await readFile(file, 'utf8')).toBe('text');
  });

  it("stays where it is another user's socket", async () => {
    const socket = join(folder, 's.sock');
    await staleSocket(socket);
    const uid = await givenAway(socket);
    await expect(clearStaleSocket(socket, uid)).rejects.toMatchObject({ code: 'socket-path-taken' });
    expect((await lstat(socket)).isSocket()).toBe(true);
  });

  it('gives way where a dead daemon of the user left it, not where one listens', async () => {
    const socket = join(folder, 's.sock');
    await staleSocket(socket);
    const api = server();
    await api.listen(socket);
    await expect(server().listen(socket)).rejects.toMatchObject({ code: 'socket-in-use' });
    await api.close();
  });
});
