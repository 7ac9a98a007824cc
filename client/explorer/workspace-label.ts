import type { ContainerInfo } from 'dockerode';

/** Label of containers that were run from a window: the folder that was open there. */
export const WORKSPACE_LABEL = 'lapstrake.workspace';

/** Labels by which other tools say which folder a container is for. */
const FOLDER_LABELS = [WORKSPACE_LABEL, 'com.docker.compose.project.working_dir', 'devcontainer.local_folder'];

/** Whether a container was made for one of these folders (absolute paths): a label says so, or it mounts what is in it. */
export function belongsTo(
  { Labels, Mounts }: Pick<ContainerInfo, 'Labels' | 'Mounts'>,
  folders: readonly string[],
): boolean {
  const named = FOLDER_LABELS.map((label) => Labels?.[label] ?? '');
  const mounted = (Mounts ?? []).filter(({ Type }) => Type === 'bind').map(({ Source }) => Source);
  return [...named, ...mounted].some((path) =>
    folders.some((folder) => path === folder || path.startsWith(`${folder}/`)),
  );
}
