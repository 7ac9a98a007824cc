import { formatSize } from '../../core/image/size.ts';
import type { EngineImage } from '../../protocol/lsp.ts';
import { fence } from './markdown.ts';

/** What an engine knows of an image: size, layers, platform, age, and what it sets. */
export function imageFacts(reference: string, image: EngineImage): string {
  const { env, exposedPorts, user, workingDir, created, repoDigests, platform, diffIds, onBuild, layerSizes } = image;
  const layers = `${diffIds.length} layer${diffIds.length === 1 ? '' : 's'}`;
  const lines = [
    ...(platform === '' ? [] : [`platform ${platform}`]),
    ...(created === '' ? [] : [`created ${created}`]),
    ...(user === '' ? [] : [`user ${user}`]),
    ...(workingDir === '' ? [] : [`directory ${workingDir}`]),
    ...(exposedPorts.length === 0 ? [] : [`ports ${exposedPorts.join(', ')}`]),
    ...(layerSizes.length === 0 ? [] : [`layers ${layerSizes.map(formatSize).join(', ')}`]),
    ...env,
    ...onBuild.map((trigger) => `ONBUILD ${trigger}`),
    ...repoDigests.slice(0, 1),
  ];
  return [
    `\`${reference}\` · ${formatSize(image.size)}, ${layers}`,
    ...(lines.length === 0 ? [] : [fence(lines.join('\n'))]),
  ].join('\n\n');
}
