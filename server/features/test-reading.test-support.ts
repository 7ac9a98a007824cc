import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { shell } from '../../core/bash/shell.test-support.ts';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import { asImageId, type DiffId, type Digest } from '../../core/image/digest.ts';
import { DEFAULT_SETTINGS } from '../../core/lint/lint-settings.ts';
import type { RegistryImage } from '../../core/registry/registry-image.ts';
import {
  type CacheRecord,
  EngineCache,
  type EngineCacheParams,
  type EngineImage,
  type EngineImageName,
  EngineImageNames,
  EngineImages,
  type EngineImagesParams,
  RegistryImages,
  type RegistryImagesParams,
  RegistryNames,
  type RegistryNamesParams,
} from '../../protocol/lsp.ts';
import { Contexts } from '../contexts.ts';
import { EngineLink } from '../engine-link.ts';
import type { HostPackages } from '../host-packages.ts';
import type { Linter, Reading } from '../reading.ts';
import { Readings } from '../readings.ts';

/** What the engine behind a test's reading has. */
export interface EngineFacts {
  readonly images?: Readonly<Record<string, EngineImage>>;
  readonly names?: readonly EngineImageName[];
  readonly cache?: (key: string) => CacheRecord | null;
  /** What registries have. */
  readonly registry?: Readonly<Record<string, RegistryImage>>;
  readonly registryNames?: Readonly<Record<string, readonly string[]>>;
}

/** An image with everything that is told of one. */
export const NODE_IMAGE: EngineImage = {
  id: asImageId(`sha256:${'1'.repeat(64)}` as Digest),
  diffIds: [`sha256:${'2'.repeat(64)}` as DiffId, `sha256:${'3'.repeat(64)}` as DiffId],
  layerSizes: [30_000_000, 1_000_000],
  size: 31_000_000,
  created: '2026-01-01T00:00:00Z',
  repoDigests: [`node@sha256:${'d'.repeat(64)}`],
  env: ['PATH=/bin', 'NODE_VERSION=22'],
  exposedPorts: ['3000/tcp'],
  user: 'node',
  workingDir: '/app',
  onBuild: [],
  platform: 'linux/amd64',
};

/** A text without its `¦`, and where it stood; several give several places. */
export function marked(text: string): { readonly text: string; readonly positions: readonly Position[] } {
  const positions: Position[] = [];
  const lines = text.split('\n').map((line, number) => {
    const parts = line.split('¦');
    let character = 0;
    for (const part of parts.slice(0, -1)) {
      character += part.length;
      positions.push({ line: number, character });
    }
    return parts.join('');
  });
  return { text: lines.join('\n'), positions };
}

/** What stands in a range. */
export function textIn(text: string, { start, end }: Range): string {
  const lines = text.split('\n').slice(start.line, end.line + 1);
  if (lines.length === 0) return '';
  lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, end.character);
  lines[0] = (lines[0] ?? '').slice(start.character);
  return lines.join('\n');
}

/** An engine link that is answered from facts. */
export function engineLink({
  images = {},
  names = [],
  cache,
  registry = {},
  registryNames = {},
}: EngineFacts = {}): EngineLink {
  const answer = (method: string, params: unknown): unknown => {
    if (method === EngineImageNames) return { images: names };
    if (method === EngineImages) {
      const { references } = params as EngineImagesParams;
      return { images: Object.fromEntries(references.map((name) => [name, images[name] ?? null])) };
    }
    if (method === RegistryImages) {
      const asked = (params as RegistryImagesParams).names;
      return { images: Object.fromEntries(asked.map((name) => [name, registry[name] ?? null])) };
    }
    if (method === RegistryNames) return { names: registryNames[(params as RegistryNamesParams).written] ?? [] };
    if (method !== EngineCache || cache === undefined) return { records: {} };
    return { records: Object.fromEntries((params as EngineCacheParams).keys.map((key) => [key, cache(key)])) };
  };
  const connection = {
    sendRequest: async (method: string, params: unknown) => answer(method, params),
    console: { log: () => undefined },
  };
  return new EngineLink(connection as unknown as Connection, () => undefined);
}

const LINTER: Linter = { shell, settingsOf: () => DEFAULT_SETTINGS, ready: async () => undefined };

/** Reads a text as the server does that has no folder. */
export function readingOf(text: string, facts: EngineFacts = {}, packages?: HostPackages): Reading {
  const linter = { ...LINTER, ...(packages && { packages }) };
  return readIn('untitled:Dockerfile', text, engineLink(facts), new Contexts(), linter);
}

/** As the server reads a document when it is opened: what is read can move along with its lines. */
function readIn(uri: string, text: string, engine: EngineLink, contexts: Contexts, linter: Linter): Reading {
  return new Readings(engine, contexts, linter).of(TextDocument.create(uri, 'dockerfile', 1, text));
}

/** A folder with these files, as the context of what is read in it; gone when it is disposed of. */
export async function testContext(files: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), 'lapstrake-reading-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const contexts = new Contexts();
  return {
    root,
    contexts,
    reading(text: string, facts: EngineFacts = {}): Reading {
      return readIn(`file://${root}/Dockerfile`, text, engineLink(facts), contexts, LINTER);
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
