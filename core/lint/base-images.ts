import type { InstructionNode, Token } from '../dockerfile/ast.ts';
import type { Expansion } from '../dockerfile/expand.ts';
import type { JudgedImage, MissingImage } from '../registry/registry-image.ts';
import { registryName } from '../registry/registry-image.ts';
import type { StageFacts } from './file-facts.ts';
import type { LintBase, LintOptions } from './lint-options.ts';
import type { RuleContext } from './rule.ts';

/** An image that a stage starts from, with all that is known of it. */
export interface BaseImage {
  readonly facts: StageFacts;
  readonly token: Token;
  readonly at: InstructionNode;
  /** As FROM spells it, expanded. */
  readonly reference: string;
  /** What its registry is asked for: without a digest, where there is a tag. */
  readonly name: string;
  readonly inRegistry?: JudgedImage;
  readonly inEngine?: LintBase;
}

/** The images that stages start from, as far as their names are known. */
export function baseImages({ facts: { stages }, options }: Pick<RuleContext, 'facts' | 'options'>): BaseImage[] {
  return stages.flatMap((facts) => {
    const { stage, image, base } = facts;
    const token = stage.from.image;
    if (token === undefined || image === undefined || base !== undefined || image.unmatched.size > 0) return [];
    const known = LAST.get(facts);
    const name = known === undefined ? nameOf(image) : known.name;
    if (name === undefined) return [];
    return [withAnswers(known ?? { facts, token, at: stage.from.node, reference: image.value, name }, options)];
  });
}

const LAST = new WeakMap<StageFacts, BaseImage>();

/** The very same as the last time, where no more is known by now. */
function withAnswers(image: BaseImage, { registryOf, baseOf }: LintOptions): BaseImage {
  const { facts, token, at, reference, name } = image;
  const inRegistry = registryOf?.(name);
  const inEngine = baseOf?.(reference);
  if (LAST.get(facts) === image && image.inRegistry === inRegistry && image.inEngine === inEngine) return image;
  const now = { facts, token, at, reference, name, ...(inRegistry && { inRegistry }), ...(inEngine && { inEngine }) };
  LAST.set(facts, now);
  return now;
}

const NAMES = new WeakMap<Expansion, { readonly name: string | undefined }>();

/** What a registry is asked for; found out once. */
function nameOf(image: Expansion): string | undefined {
  const known = NAMES.get(image) ?? { name: registryName(image.value) };
  NAMES.set(image, known);
  return known.name;
}

/** Whether a registry has it. */
export function isFound(image: JudgedImage | undefined): image is Exclude<JudgedImage, MissingImage> {
  return image?.exists === true;
}

/** Whether a registry says that it has none. */
export function isMissing(image: JudgedImage | undefined): image is MissingImage {
  return image?.exists === false;
}
