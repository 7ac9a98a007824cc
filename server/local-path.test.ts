import { describe, expect, it } from 'vitest';
import { localPath, uriOf } from './local-path.ts';

describe('paths and URIs', () => {
  it('are told as VS Code spells them', () => {
    expect(uriOf('/a b/@c+d/é(1)!/Dockerfile')).toBe('file:///a%20b/%40c%2Bd/%C3%A9%281%29%21/Dockerfile');
    expect(uriOf('/100%/a#b?c')).toBe('file:///100%25/a%23b%3Fc');
    for (const path of ['/', '/a b/@c+d/é(1)!/x', '/100%/a#b?c', "/it's*"]) expect(localPath(uriOf(path))).toBe(path);
  });

  it('are none for what is no file of this machine', () => {
    for (const uri of ['untitled:x', 'file:///%zz', 'file://host/x', 'file:///a%2Fb', 'git:/x', ''])
      expect(localPath(uri)).toBeUndefined();
  });
});
