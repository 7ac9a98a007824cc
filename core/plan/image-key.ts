import { formatPlatform, type Platform } from '../image/platform.ts';

/**
 * The name of an image in `PlanInputs.images`: the reference alone for the platform that is built for, else with its
 * platform, since FROM may ask for the same image for several.
 */
export function imageKey(reference: string, platform: Platform, target: Platform): string {
  const [own, wanted] = [formatPlatform(platform), formatPlatform(target)];
  return own === wanted ? reference : `${reference} ${own}`;
}
