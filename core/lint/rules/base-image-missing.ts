import { didYouMean } from '../../match/did-you-mean.ts';
import { type BaseImage, isMissing } from '../base-images.ts';
import { type Fix, ownRule } from '../rule.ts';

/** An image that neither the engine nor its registry has. */
export const baseImageMissing = ownRule(
  {
    id: 'base-image-missing',
    title: 'The base image should be in its registry',
    severity: 'warning',
    needs: 'registry',
    looksAt: ['FROM', 'ARG'],
    asksOfImages: true,
    docs: {
      why: 'The build ends before it has begun: there is nothing to start from.',
      bad: '# with no tag 2222 in the registry\nFROM node:2222',
      good: 'FROM node:22',
      fix: { does: 'Writes the tag that was most likely meant.', changes: 'another image is built on' },
    },
  },
  function* (context) {
    for (const image of context.images) {
      const { inRegistry, inEngine, name, token, at } = image;
      if (!isMissing(inRegistry) || inEngine !== undefined) continue;
      const fixes = tagFixes(image, inRegistry.tags);
      const hint = fixes[0] === undefined ? '' : ` (did you mean ${fixes[0].edits[0]?.newText}?)`;
      yield { message: `There is no ${name} in its registry${hint}`, range: token.range, at, fixes };
    }
  },
);

function tagFixes({ name, token }: BaseImage, tags: readonly string[]): Fix[] {
  const colon = name.lastIndexOf(':');
  const tag = didYouMean(name.slice(colon + 1), tags);
  if (tag === undefined || token.text.includes('@') || !token.text.endsWith(name.slice(colon))) return [];
  const newText = `${token.text.slice(0, token.text.lastIndexOf(':'))}:${tag}`;
  return [{ title: `Change to ${newText}`, edits: [{ range: token.range, newText }] }];
}
