import { expect, test } from 'vitest';
import { builderArguments } from './builder-arguments.ts';

const NONE = { keepGitDir: false, inlineCache: false, warnings: [] };

test('nothing is asked of the builder by other arguments, or by empty ones', () => {
  expect(builderArguments({})).toEqual(NONE);
  expect(builderArguments({ HOSTNAME: 'x', BUILDKIT_SANDBOX_HOSTNAME: '', BUILDKIT_INLINE_CACHE: 'yes' })).toEqual(
    NONE,
  );
});

test('switches are booleans as Go reads them', () => {
  const on = { BUILDKIT_INLINE_CACHE: 'true', BUILDKIT_CONTEXT_KEEP_GIT_DIR: 'T', BUILDKIT_MULTI_PLATFORM: '0' };
  expect(builderArguments(on)).toEqual({ ...NONE, inlineCache: true, keepGitDir: true, multiPlatform: false });
  expect(builderArguments({ BUILDKIT_MULTI_PLATFORM: 'maybe' }).problem).toBe(
    'invalid boolean value for multi-platform: maybe',
  );
});

test('a host name that Linux would not take is refused, and what has no effect is told', () => {
  expect(builderArguments({ BUILDKIT_SANDBOX_HOSTNAME: 'build.er-1' }).hostname).toBe('build.er-1');
  for (const name of ['a b', 'x'.repeat(65)])
    expect(builderArguments({ BUILDKIT_SANDBOX_HOSTNAME: name }).problem).toMatch(/^invalid BUILDKIT_SANDBOX_HOSTNAME/);
  expect(builderArguments({ BUILDKIT_BUILD_NAME: 'n' }).warnings).toHaveLength(1);
});
