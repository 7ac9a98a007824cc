import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { expect, it } from 'vitest';
import { asImageId, parseDigest } from '../../core/image/digest.ts';
import { KnownUsers, readImage, readImageNames } from './answers.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

it('reads an image as the Engine API describes it', () => {
  const image = {
    Id: digest('1'),
    Size: 42,
    Created: '2026-11-23T17:00:00Z',
    RepoDigests: null,
    RootFS: { Type: 'layers', Layers: [digest('a')] },
    Os: 'linux',
    Architecture: 'arm64',
    Variant: 'v8',
    Config: { Env: ['A=1'], ExposedPorts: { '8080/tcp': {} }, User: 'node', WorkingDir: '/app', OnBuild: null },
  };
  expect(readImage(image)).toEqual({
    id: digest('1'),
    diffIds: [digest('a')],
    layerSizes: [],
    size: 42,
    created: '2026-11-23T17:00:00Z',
    repoDigests: [],
    env: ['A=1'],
    exposedPorts: ['8080/tcp'],
    user: 'node',
    workingDir: '/app',
    onBuild: [],
    platform: 'linux/arm64/v8',
  });
});

it('tolerates an image without a config, and takes nothing else for an image', () => {
  expect(readImage({ Id: digest('1'), Size: 1, Config: null })?.env).toEqual([]);
  expect(readImage({ Id: 'not a digest', Size: 1 })).toBeUndefined();
  expect(readImage(undefined)).toBeUndefined();
});

it('asks for the users of an image until it is told, and takes an image that went for one of unknown users', async () => {
  const answers = ['{"users":null}', '{"no":1}', '{"users":["root","node"]}'];
  const asked: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-answers-'));
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers.shift();
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer ?? '{"message":"no such image"}');
  });
  const socketPath = join(folder, 's.sock');
  await once(server.listen(socketPath), 'listening');
  try {
    const docker = new Docker({ socketPath });
    const users = new KnownUsers();
    const [first, other] = ['1', '2'].map((digit) => asImageId(parseDigest(digest(digit))!));
    const told = [];
    for (let times = 0; times < 4; times++) told.push(await users.of(docker, first!));
    expect(told).toEqual([undefined, undefined, ['root', 'node'], ['root', 'node']]);
    expect(await users.of(docker, other!)).toBeUndefined();
    expect(asked).toEqual([...Array(3).fill(first), other].map((id) => `/lapstrake/images/${id}/users`));
  } finally {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
});

it('reads the names of the images that an engine lists, each with its digest', () => {
  const images = [
    { RepoTags: ['node:22', 'own/app:1'], RepoDigests: [`node@${digest('a')}`], Size: 7, Created: 1_767_225_600 },
    { RepoTags: ['<none>:<none>'], RepoDigests: null, Size: 1 },
    { RepoTags: null, Size: 1 },
  ];
  expect(readImageNames(images)).toEqual([
    { reference: 'node:22', size: 7, created: '2026-01-01T00:00:00.000Z', digest: digest('a') },
    { reference: 'own/app:1', size: 7, created: '2026-01-01T00:00:00.000Z' },
  ]);
  expect(() => readImageNames({ message: 'no' })).toThrow();
});
