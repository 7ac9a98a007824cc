import { formatPlatform, parsePlatform, platformDistance } from '../../image/platform.ts';
import { type BaseImage, isFound } from '../base-images.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';

const AUTOMATIC = /^\$(?:\{(?:BUILD|TARGET)PLATFORM\}|(?:BUILD|TARGET)PLATFORM)$/;

/** A base image that is for another platform than the one that is built for: BuildKit's check, before anything is pulled. */
export const invalidBaseImagePlatform: Rule = {
  id: 'invalid-base-image-platform',
  code: 'InvalidBaseImagePlatform',
  title: 'Base image platform does not match expected target platform',
  aliases: [],
  severity: 'warning',
  needs: 'registry',
  looksAt: ['FROM', 'ARG'],
  asksOfImages: true,
  docs: {
    why: 'Its programs do not run there, or only by an emulator that the machine may not have.',
    bad: '# with an image of linux/amd64 alone\nFROM --platform=linux/arm64 example.org/tool:1',
    good: 'FROM --platform=linux/amd64 example.org/tool:1',
    fix: {
      does: 'Writes a platform that the image is for.',
      changes: 'the stage is for that platform, which the machine may need an emulator for',
    },
  },
  url: buildKitUrl('invalid-base-image-platform'),
  *check(context) {
    for (const image of context.images) {
      const offered = platformsOf(image);
      if (offered.length === 0) continue;
      const wanted = parsePlatform(wantedPlatform(image, context.options.platform) ?? '');
      const parsed = offered.map(parsePlatform);
      if (wanted === undefined || parsed.includes(undefined)) continue;
      if (parsed.some((each) => each && platformDistance(wanted, each) !== undefined)) continue;
      const { reference, token, at } = image;
      yield {
        message: `Base image ${reference} was pulled with platform "${offered.join('", "')}", expected "${formatPlatform(wanted)}" for current build`,
        range: token.range,
        at,
        fixes: platformFixes(image, offered),
      };
    }
  },
};

/** What FROM asks for; undefined where an argument says it that the build may set. */
function wantedPlatform({ facts }: BaseImage, usual: string | undefined): string | undefined {
  const { platform } = facts.stage.from;
  if (platform === undefined || AUTOMATIC.test(platform.text)) return usual;
  return platform.text.includes('$') ? undefined : platform.text;
}

function platformsOf({ inRegistry, inEngine }: BaseImage): readonly string[] {
  if (isFound(inRegistry)) return inRegistry.platforms;
  const own = inEngine?.platform ?? '';
  return own === '' ? [] : [own];
}

/** How many platforms are offered to choose from. */
const MOST_FIXES = 4;

/** Where FROM itself names a platform: one that there is. */
function platformFixes({ facts }: BaseImage, offered: readonly string[]): Fix[] {
  const { platform } = facts.stage.from;
  if (platform === undefined || platform.text.includes('$')) return [];
  return offered.slice(0, MOST_FIXES).map((newText) => ({
    title: `Change to ${newText}`,
    edits: [{ range: platform.range, newText }],
  }));
}
