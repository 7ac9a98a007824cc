import { expect, it } from 'vitest';
import { featuresOfOthers } from './other-extensions.ts';

it('leaves to others what they offer, and the rest to us', () => {
  expect(featuresOfOthers(['vscode.git', 'ms-azuretools.vscode-docker'])).toContain('completion');
  expect(featuresOfOthers(['Docker.docker'])).not.toContain('folding');
  expect(featuresOfOthers(['vscode.docker', 'lapstrake.lapstrake'])).toEqual([]);
});
