import { expect, it } from 'vitest';
import { suggestTag, tagProblem } from './tags.ts';

it.each([
  ['bulletin-board', undefined, 'bulletin-board:latest'],
  ['My App (v2)', undefined, 'my-app-v2:latest'],
  ['app', 'build', 'app:build'],
  ['…', undefined, 'image:latest'],
])('suggests for folder %s and stage %s %s', (folder, stage, tag) => {
  expect(suggestTag(folder, stage)).toBe(tag);
  expect(tagProblem(suggestTag(folder, stage))).toBeUndefined();
});

it.each(['web', 'web:1.0_a', 'localhost:5000/team/web:x', 'a__b', 'ghcr.io/me/web'])('takes %s', (tag) => {
  expect(tagProblem(tag)).toBeUndefined();
});

it.each(['', 'Web', 'web:', 'a b', '-a', 'web:!'])('refuses %s', (tag) => {
  expect(tagProblem(tag)).toBeTypeOf('string');
});
