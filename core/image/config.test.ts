import { expect, it } from 'vitest';
import { encodeImageConfig, type ImageConfig, parseImageConfig } from './config.ts';
import { imageSteps } from './history.ts';
import { parseManifest } from './manifest.ts';

const D = `sha256:${'a'.repeat(64)}`;
const E = `sha256:${'b'.repeat(64)}`;

function read(value: unknown): ImageConfig {
  const parsed = parseImageConfig(value);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.value;
}

it('reads a config that Go wrote with nulls', () => {
  const config = read({
    architecture: 'amd64',
    config: { Env: null, Cmd: ['sh'], Labels: null, Healthcheck: null },
    rootfs: { type: 'layers', diff_ids: [D] },
    history: null,
  });
  expect(config.config).toMatchObject({ Env: [], Cmd: ['sh'], Labels: {}, WorkingDir: '' });
});

it('says which field of a config is wrong', () => {
  expect(parseImageConfig({ rootfs: { diff_ids: ['sha256:x'] } })).toEqual({
    ok: false,
    problems: ['rootfs.diff_ids.0: not a sha256 digest'],
  });
});

it('writes what it reads, keeping an empty command apart from none', () => {
  const config = read({
    created: '2026-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: [], Env: ['A=1'] },
    rootfs: { type: 'layers', diff_ids: [D] },
    history: [{ created_by: 'COPY . .' }, { created_by: 'CMD []', empty_layer: true }],
  });
  const text = encodeImageConfig(config);
  expect(JSON.parse(text)).toEqual({
    created: '2026-01-01T00:00:00Z',
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: [], Env: ['A=1'] },
    rootfs: { type: 'layers', diff_ids: [D] },
    history: [{ created_by: 'COPY . .' }, { created_by: 'CMD []', empty_layer: true }],
  });
  expect(read(JSON.parse(text))).toEqual(config);
});

it('gives each step its layer, also where the history lacks some', () => {
  const config = read({
    created: 'T',
    architecture: 'amd64',
    rootfs: { diff_ids: [D, E] },
    history: [{ created_by: 'ENV A=1', empty_layer: true }, { created_by: 'COPY . .' }],
  });
  expect(imageSteps(config)).toEqual([
    { createdBy: 'ENV A=1', created: 'T', comment: '' },
    { createdBy: 'COPY . .', created: 'T', comment: '', diffId: D },
    { createdBy: '', created: 'T', comment: '', diffId: E },
  ]);
});

it('tells an index from a manifest and refuses schema 1', () => {
  const descriptor = { mediaType: 'x', digest: D, size: 1 };
  expect(parseManifest({ schemaVersion: 2, manifests: [descriptor] })).toMatchObject({ value: { kind: 'index' } });
  expect(parseManifest({ schemaVersion: 2, config: descriptor, layers: [] })).toMatchObject({
    value: { kind: 'manifest' },
  });
  expect(parseManifest({ schemaVersion: 1, fsLayers: [] })).toMatchObject({ ok: false });
  expect(parseManifest('x')).toMatchObject({ ok: false });
});
