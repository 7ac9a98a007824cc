import { expect, it } from 'vitest';
import { leftOut, serverCapabilities } from './capabilities.ts';

it('offers everything but what another extension offers', () => {
  expect(serverCapabilities({})).toMatchObject({ hoverProvider: true, documentFormattingProvider: true });
  const rest = serverCapabilities({}, leftOut({ leaveOut: ['hover', 'formatting', 'nonsense'] }));
  expect(rest.hoverProvider).toBeUndefined();
  expect(rest.documentOnTypeFormattingProvider).toBeUndefined();
  expect(rest.referencesProvider).toBe(true);
  expect(leftOut(undefined)).toEqual([]);
  expect(leftOut({ leaveOut: 'hover' })).toEqual([]);
});

it('lets diagnostics be pulled only by clients that can be told to pull again', () => {
  const diagnostic = {};
  expect(serverCapabilities({ textDocument: { diagnostic } }).diagnosticProvider).toBeUndefined();
  const client = { textDocument: { diagnostic }, workspace: { diagnostics: { refreshSupport: true } } };
  expect(serverCapabilities(client).diagnosticProvider).toMatchObject({ workspaceDiagnostics: true });
});
