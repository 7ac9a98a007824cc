import { execFileSync } from 'node:child_process';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';

let ground: BuildGround;
beforeAll(async () => {
  ground = await openBuildGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

/** Builds, and tells what the layers above the base hold: `path mode uid:gid`, with what a link leads to. */
async function layers(dockerfile: string, context: Readonly<Record<string, string | Buffer>> | string) {
  const folder = typeof context === 'string' ? context : await ground.context(context);
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  const id = await ground.builder.build({ dockerfile: 'Dockerfile', context: folder }, () => undefined);
  const image = ground.images.get(id)!;
  const above = dockerfile.split('\n').findLast((line) => line.startsWith('FROM')) === 'FROM scratch' ? 0 : 1;
  return Promise.all(
    image.layers.slice(above).map(async ({ blob }) => {
      const reader = new TarReader(await ground.blobs.open(blob));
      const lines: string[] = [];
      for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
        const { name, type, mode, uid, gid, linkname, device } = entry;
        const sorts: Partial<Record<typeof type, string>> = {
          directory: '/',
          hardlink: ` = ${linkname}`,
          fifo: ': fifo',
          character: `: character ${device.major},${device.minor}`,
        };
        const sort = sorts[type] ?? '';
        lines.push(`${name}${sort} ${mode.toString(8)} ${uid}:${gid}`);
      }
      return lines;
    }),
  );
}

const lastOf = async (...build: Parameters<typeof layers>): Promise<string[]> => (await layers(...build)).at(-1)!;

describe('COPY', () => {
  test('from a stage or an image keeps owners, unless --chown says otherwise', async () => {
    const base = 'FROM box AS one\nRUN mkdir -p /o/p && echo > /o/p/f && chown -R app:staff /o && chmod 2770 /o/p\n';
    expect(await layers(`${base}FROM scratch\nCOPY --from=one /o /a\nCOPY --from=one --chown=7 /o /b\n`, {})).toEqual([
      ['a/ 755 0:0', 'a/p/ 2770 1000:50', 'a/p/f 644 1000:50'],
      ['b/ 755 7:7', 'b/p/ 2770 7:7', 'b/p/f 644 7:7'],
    ]);
  });

  test('from a stage brings pipes and devices', async () => {
    const made = await lastOf(
      'FROM box AS one\nRUN mkdir /d && mkfifo /d/pipe && mknod /d/null c 1 3\nFROM scratch\nCOPY --from=one /d /\n',
      {},
    );
    expect(made).toEqual(['null: character 1,3 644 0:0', 'pipe: fifo 644 0:0']);
  });

  test('gives the directories that it makes the number of --chmod', async () => {
    const files = { f: 'x', 'd/g': 'x' };
    const flags = ['--chmod=1770', '--chmod=go-r'];
    const copies = flags.map((flag) => `COPY ${flag} f /in/f\nCOPY ${flag} d /of\n`);
    expect(await layers(`FROM scratch\n${copies[0]}`, files)).toEqual([
      ['in/ 770 0:0', 'in/f 1770 0:0'],
      ['of/ 770 0:0', 'of/g 1770 0:0'],
    ]);
    expect(await layers(`FROM scratch\n${copies[1]}`, files)).toEqual([
      ['in/ 755 0:0', 'in/f 600 0:0'],
      ['of/ 755 0:0', 'of/g 600 0:0'],
    ]);
  });

  test('keeps the hard links of a directory, and makes files of those that are named one by one', async () => {
    const folder = await ground.context({ 'd/a': 'x' });
    await mkdir(join(folder, 'd/sub'));
    await link(join(folder, 'd/a'), join(folder, 'd/b'));
    await link(join(folder, 'd/a'), join(folder, 'd/sub/c'));
    expect(await layers('FROM scratch\nCOPY d /\nCOPY d/a d/b /x/\n', folder)).toEqual([
      ['a 644 0:0', 'sub/ 755 0:0', 'b = a 644 0:0', 'sub/c = a 644 0:0'],
      ['x/ 755 0:0', 'x/a 644 0:0', 'x/b 644 0:0'],
    ]);
    const stage = 'FROM box AS one\nRUN mkdir /d && echo > /d/a && ln /d/a /d/b\n';
    expect(await lastOf(`${stage}FROM scratch\nCOPY --from=one --chown=5 --chmod=600 /d /\n`, {})).toEqual([
      'a 600 5:5',
      'b = a 600 5:5',
    ]);
  });

  test('of an empty directory makes the destination', async () => {
    const folder = await ground.context({});
    expect(await lastOf('FROM scratch\nCOPY empt* /here\n', folder)).toEqual([]);
    await mkdir(join(folder, 'empty'));
    expect(await lastOf('FROM scratch\nCOPY empt* /here\n', folder)).toEqual(['here/ 755 0:0']);
    expect(await layers('FROM scratch\nCOPY empty /in/here\nCOPY nothing* /not/here\n', folder)).toEqual([
      ['in/ 755 0:0', 'in/here/ 755 0:0'],
      [],
    ]);
    expect(await lastOf('FROM scratch\nCOPY --from=box /linked /l\n', {})).toEqual(['l/ 755 0:0']);
  });

  test('of a file onto a link writes where the link leads', async () => {
    const links = 'FROM box\nRUN ln -s etc/passwd /to-file && ln -s /new /to-nothing && ln -s /etc /tmp/f\n';
    expect(await layers(`${links}COPY f /to-file\nCOPY f /to-nothing\nCOPY f /tmp/\n`, { f: 'x' })).toMatchObject([
      {},
      ['etc/ 755 0:0', 'etc/passwd 644 0:0'],
      ['new 644 0:0'],
      ['tmp/ 1777 0:0', 'tmp/f 644 0:0'],
    ]);
  });

  test('gives directories that the image has the mode and owner of those that come, but not the destination', async () => {
    const there = 'FROM box\nRUN mkdir -p /x/sub && chmod 711 /x /x/sub && chown 5:6 /x /x/sub\n';
    expect(await lastOf(`${there}COPY d /x\n`, { 'd/sub/f': 'x' })).toEqual([
      'x/ 711 5:6',
      'x/sub/ 755 0:0',
      'x/sub/f 644 0:0',
    ]);
  });

  test.each(['echo > /x/sub', 'ln -s /tmp /x/sub'])(
    'puts no directory in the place of what `%s` makes',
    async (make) => {
      const build = layers(`FROM box\nRUN mkdir /x && ${make}\nCOPY d /x\n`, { 'd/sub/f': 'x' });
      await expect(build).rejects.toThrow('cannot copy to non-directory: /x/sub');
    },
  );
});

describe('ADD', () => {
  const archive = (): Promise<Buffer> =>
    buffer(
      pack([
        { entry: tarEntry({ name: 'd', type: 'directory', mode: 0o1777, uid: 12 }) },
        { entry: tarEntry({ name: 'd/f', size: 2, uid: 12 }), content: Buffer.from('hi') },
      ]),
    );

  test('tells archives by what is in them, not by their names', async () => {
    const empty = execFileSync('tar', ['-cf', '-', '-T', '/dev/null']);
    const files = {
      packed: gzipSync(await archive()),
      'text.tar': 'no archive',
      'zip.tar.gz': gzipSync('text'),
      'empty.tar': empty,
    };
    expect(await layers('FROM scratch\nADD packed /a\nADD text.tar zip.tar.gz empty.tar /b/\n', files)).toEqual([
      ['a/ 755 0:0', 'a/d/ 1777 12:0', 'a/d/f 644 12:0'],
      ['b/ 755 0:0', 'b/empty.tar 644 0:0', 'b/text.tar 644 0:0', 'b/zip.tar.gz 644 0:0'],
    ]);
  });

  test.each(['mkdir -p /x/d', 'mkdir /x && ln -s /tmp /x/d', 'mkdir /x && echo > /x/d'])(
    'puts an archive’s directory over what `%s` made, as the archive has it',
    async (make) => {
      const last = await lastOf(`FROM box\nRUN ${make}\nADD a.tar /x\n`, { 'a.tar': await archive() });
      expect(last).toEqual(['x/ 755 0:0', 'x/d/ 1777 12:0', 'x/d/f 644 12:0']);
    },
  );
});

describe('RUN', () => {
  test('leaves what a command writes to /etc/hostname, and no trace of the run in the environment', async () => {
    const run = 'FROM box\nRUN echo mine > /etc/hostname && ! env | grep HOSTNAME=\n';
    const [made = []] = await layers(run, {});
    expect(made).toEqual(['etc/ 755 0:0', 'etc/hostname 644 0:0']);
  });

  test('has in history what its arguments stand for, where ENV overrides them too', async () => {
    const context = await ground.context({
      Dockerfile: 'FROM box\nARG A=arg\nENV A=env\nARG B\nRUN echo $A\n',
    });
    const id = await ground.builder.build({ dockerfile: 'Dockerfile', context }, () => undefined);
    expect(ground.images.get(id)!.config.history.at(-1)?.created_by).toBe('RUN |2 A=env B= /bin/sh -c echo $A');
  });
});

test('an image from scratch works in /', async () => {
  const context = await ground.context({ Dockerfile: 'FROM scratch\nCOPY f /\n', f: 'x' });
  const id = await ground.builder.build({ dockerfile: 'Dockerfile', context }, () => undefined);
  expect(ground.images.get(id)!.config.config.WorkingDir).toBe('/');
});
