import { formatSize } from '../../core/image/size.ts';
import type { FoundImage } from '../../core/registry/registry-image.ts';
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

/** What a registry knows of an image that the engine does not have. */
export function registryFacts(reference: string, image: FoundImage): string {
  const { size, layers, created, platforms, digest } = image;
  const lines = [
    ...(platforms.length === 0 ? [] : [`platforms ${platforms.join(', ')}`]),
    ...(created === '' ? [] : [`created ${created}`]),
    digest,
  ];
  const count = `${layers} layer${layers === 1 ? '' : 's'}`;
  return `\`${reference}\` · not pulled yet: ${formatSize(size)} compressed, ${count}\n\n${fence(lines.join('\n'))}`;
}
