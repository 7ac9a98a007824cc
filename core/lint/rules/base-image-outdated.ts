import { parseReference, repositoryName } from '../../image/reference.ts';
import { type BaseImage, isFound } from '../base-images.ts';
import { type Fix, ownRule } from '../rule.ts';

/** A tag that stands for another image by now than the one that is built on. */
export const baseImageOutdated = ownRule(
  {
    id: 'base-image-outdated',
    title: 'The base image should be the newest that its tag stands for',
    severity: 'info',
    needs: 'registry',
    looksAt: ['FROM', 'ARG'],
    asksOfImages: true,
    docs: {
      why: 'What was mended since, security holes among it, is not in the image.',
      bad: `# with another digest in the registry\nFROM node:22@sha256:${'1'.repeat(64)}`,
      good: 'FROM node:22',
      fix: { does: 'Writes the digest that the tag has now.', changes: 'a newer image is built on' },
    },
  },
  function* (context) {
    for (const image of context.images) {
      const { inRegistry, inEngine, name, reference, token, at } = image;
      if (!isFound(inRegistry) || !name.includes(':') || name.includes('@')) continue;
      const { digest } = inRegistry;
      const pinned = /@(sha256:\w+)$/.exec(reference)?.[1];
      if (pinned === digest) continue;
      if (pinned !== undefined) {
        yield {
          message: `${name} is another image by now: ${digest}`,
          range: token.range,
          at,
          fixes: digestFixes(image, pinned, digest),
        };
      } else if (isOlder(name, inEngine?.repoDigests ?? [], digest)) {
        yield { message: `The registry has a newer ${name} than the engine: pull it`, range: token.range, at };
      }
    }
  },
);

/** Whether the engine has the image from that registry, but not this one. */
function isOlder(name: string, repoDigests: readonly string[], digest: string): boolean {
  const own = repositoryOf(name);
  const known = repoDigests.filter((each) => repositoryOf(each) === own);
  return known.length > 0 && known.every((each) => !each.endsWith(`@${digest}`));
}

function repositoryOf(text: string): string | undefined {
  const parsed = parseReference(text);
  return parsed.ok ? repositoryName(parsed.reference) : undefined;
}

function digestFixes({ token, name }: BaseImage, pinned: string, digest: string): Fix[] {
  if (!token.text.endsWith(`@${pinned}`)) return [];
  const newText = `${token.text.slice(0, -pinned.length)}${digest}`;
  return [{ title: `Pin to what ${name} is now`, edits: [{ range: token.range, newText }] }];
}
