import { expect, it } from 'vitest';
import { readImage } from './answers.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

it('reads an image as the Engine API describes it', () => {
  const image = {
    Id: digest('1'),
    Size: 42,
    Created: '2026-11-23T17:00:00Z',
    RepoDigests: null,
    RootFS: { Type: 'layers', Layers: [digest('a')] },
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
  });
});

it('tolerates an image without a config, and takes nothing else for an image', () => {
  expect(readImage({ Id: digest('1'), Size: 1, Config: null })?.env).toEqual([]);
  expect(readImage({ Id: 'not a digest', Size: 1 })).toBeUndefined();
  expect(readImage(undefined)).toBeUndefined();
});
