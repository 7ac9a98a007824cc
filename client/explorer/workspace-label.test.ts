import { expect, it } from 'vitest';
import { belongsTo, WORKSPACE_LABEL } from './workspace-label.ts';

const mount = (Type: string, Source: string) => [{ Type, Source }] as Parameters<typeof belongsTo>[0]['Mounts'];

it.each([
  ['run from this window', { [WORKSPACE_LABEL]: '/work/app' }, [], true],
  ['of a compose file below it', { 'com.docker.compose.project.working_dir': '/work/app/deploy' }, [], true],
  ['mounting a folder of it', {}, mount('bind', '/work/app/data'), true],
  ['with a volume of that name', {}, mount('volume', '/work/app/data'), false],
  ['of a folder beside it', { [WORKSPACE_LABEL]: '/work/app2' }, mount('bind', '/work'), false],
  ['of nobody', {}, [], false],
])('a container %s', (_, Labels, Mounts, expected) => {
  expect(belongsTo({ Labels: Labels as Record<string, string>, Mounts: Mounts ?? [] }, ['/work/app'])).toBe(expected);
});
