import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { emptyConfig } from '../../core/image/config.ts';
import { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { commandLine, mergeConfig, mergeEnv } from './merge-config.ts';

const image = { ...emptyConfig(), Entrypoint: ['/entry'], Cmd: ['serve'], Env: ['A=1', 'B=2'], User: 'app' };
const line = (wanted: object): string[] => commandLine(mergeConfig(z.parse(ContainerConfig, wanted), image));

test('a command replaces the image’s, an entrypoint both', () => {
  expect(line({})).toEqual(['/entry', 'serve']);
  expect(line({ Cmd: ['x'] })).toEqual(['/entry', 'x']);
  expect(line({ Entrypoint: ['sh'] })).toEqual(['sh']);
  expect(line({ Entrypoint: [''], Cmd: ['x'] })).toEqual(['x']);
});

test('nothing to run is an error', () => {
  expect(() => mergeConfig(z.parse(ContainerConfig, {}), emptyConfig())).toThrow('No command specified');
});

test('variables are replaced by name, and a name alone takes one away', () => {
  expect(mergeEnv(['A=1', 'B=2'], ['B=3', 'C=4'])).toEqual(['A=1', 'B=3', 'C=4']);
  expect(mergeEnv(['A=1', 'B=2'], ['A'])).toEqual(['B=2', 'A']);
});

test('fields that Go sends as null mean nothing', () => {
  const config = z.parse(ContainerConfig, { Env: null, Cmd: null, Labels: null, Volumes: null });
  expect(config).toMatchObject({ Env: [], Cmd: undefined, Labels: {}, Volumes: {} });
});
