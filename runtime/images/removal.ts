import { digestHex, type ImageId, shortId } from '../../core/image/digest.ts';
import { familiarReference, type Reference, repositoryName } from '../../core/image/reference.ts';
import { conflict, type EngineError } from '../errors.ts';
import type { Image, ImageUser, RemoveOptions } from './image-store.ts';
import type { RemovedImage } from './records.ts';

/** What a removal needs of the store. */
export interface RemovalGround {
  references(id: ImageId): readonly Reference[];
  users(id: ImageId): readonly ImageUser[];
  hasChildren(id: ImageId): boolean;
  /** Whether a name means it for a platform that must be asked for. */
  isPart(id: ImageId): boolean;
  /** The images that a name means on several platforms. */
  partsOf(reference: Reference): readonly ImageId[];
  get(id: ImageId): Image | undefined;
  untag(id: ImageId, references: readonly Reference[]): Promise<void>;
  /**
   * Removes an image without references, and its layers that nothing else needs; gives the names of what went, or
   * undefined where the image has got a reference again in the meantime, and so stays.
   */
  destroy(image: Image): Promise<readonly string[] | undefined>;
}

/** What was asked for: by a name that is a reference, or by an ID. */
export interface RemovalTarget {
  readonly image: Image;
  /** As the user wrote it. */
  readonly name: string;
  /** Absent for an ID. */
  readonly reference?: Reference | undefined;
}

/** Removes a reference, and the image with its last one (`DELETE /images/{name}`). Error: EngineError `conflict`, in dockerd's words. */
export async function removeImage(
  ground: RemovalGround,
  { image, name, reference }: RemovalTarget,
  { force = false, noPrune = false, onlyUnnamed = false }: RemoveOptions,
): Promise<RemovedImage[]> {
  const removed: RemovedImage[] = [];
  const references = ground.references(image.id);
  if (onlyUnnamed) {
    const isFree = imageConflict(ground, image, { force: false, hasLostName: true }) === undefined;
    if (references.length > 0 || !isFree) return removed;
  }
  const parts = new Set<ImageId>();
  const untag = async (which: readonly Reference[]): Promise<void> => {
    for (const part of which.flatMap((each) => ground.partsOf(each))) if (part !== image.id) parts.add(part);
    await ground.untag(image.id, which);
    for (const each of which) removed.push({ Untagged: familiarReference(each) });
  };

  if (reference !== undefined) {
    if (isOneRepository(references) && !force) checkReference(ground, image, name);
    const left = references.filter((each) => familiarReference(each) !== familiarReference(reference));
    const repository = repositoryName(reference);
    // Names by digest go with the last tag of their repository.
    const orphans = left.some((each) => repositoryName(each) === repository && each.tag !== undefined)
      ? []
      : left.filter((each) => repositoryName(each) === repository);
    await untag([reference, ...orphans]);
    await destroyParts(ground, parts, removed, { noPrune });
    if (left.length > orphans.length) return removed;
    // What a container uses stays, without a name.
    if (imageConflict(ground, image, { force, hasLostName: true }) === undefined) await destroy(ground, image, removed);
  } else {
    const single = isOneRepository(references);
    const problem = imageConflict(ground, image, { force, hasLostName: single });
    if (problem !== undefined) throw problem;
    if (references.length > 0) await untag(references);
    await destroyParts(ground, parts, removed, { noPrune });
    await destroy(ground, image, removed);
  }
  if (!noPrune) await pruneParents(ground, image.parent, removed);
  return removed;
}

/** Images of other platforms go with the last name that meant them, unless a container uses them. */
async function destroyParts(
  ground: RemovalGround,
  parts: Iterable<ImageId>,
  removed: RemovedImage[],
  { noPrune }: { readonly noPrune: boolean },
): Promise<void> {
  for (const id of parts) {
    const image = ground.get(id);
    if (image === undefined || ground.references(id).length > 0 || ground.isPart(id)) continue;
    if (imageConflict(ground, image, { force: false, hasLostName: true }) !== undefined) continue;
    await destroy(ground, image, removed);
    if (!noPrune) await pruneParents(ground, image.parent, removed);
  }
}

async function pruneParents(
  ground: RemovalGround,
  parent: ImageId | undefined,
  removed: RemovedImage[],
): Promise<void> {
  for (let id = parent; id !== undefined; ) {
    const image = ground.get(id);
    if (image === undefined || ground.references(id).length > 0 || ground.isPart(id)) return;
    if (imageConflict(ground, image, { force: false, hasLostName: true }) !== undefined) return;
    await destroy(ground, image, removed);
    id = image.parent;
  }
}

async function destroy(ground: RemovalGround, image: Image, removed: RemovedImage[]): Promise<void> {
  const layers = await ground.destroy(image);
  if (layers === undefined) return;
  removed.push({ Deleted: image.id }, ...layers.map((layer) => ({ Deleted: layer })));
}

/** One reference, or one tag with names by digest of the same repository. */
function isOneRepository(references: readonly Reference[]): boolean {
  if (references.length <= 1) return true;
  const tags = references.filter(({ tag }) => tag !== undefined);
  return tags.length <= 1 && new Set(references.map(repositoryName)).size === 1;
}

function checkReference(ground: RemovalGround, image: Image, name: string): void {
  const user = ground.users(image.id)[0];
  if (user === undefined) return;
  throw conflict({
    code: 'image-in-use',
    message:
      `conflict: unable to remove repository reference "${name}" (must force) - container ` +
      `${user.containerId.slice(0, 12)} is using its referenced image ${shortId(image.id)}`,
    subject: name,
    remedies: ['Remove the container', 'Force the removal'],
  });
}

function imageConflict(
  ground: RemovalGround,
  image: Image,
  { force, hasLostName }: { readonly force: boolean; readonly hasLostName: boolean },
): EngineError | undefined {
  const users = ground.users(image.id);
  const running = users.find((user) => user.running);
  if (running !== undefined) {
    return inUse(image, 'cannot be forced', `image is being used by running container ${short(running)}`);
  }
  if (ground.isPart(image.id)) return inUse(image, 'cannot be forced', 'a name means it for its platform');
  if (ground.hasChildren(image.id)) return inUse(image, 'cannot be forced', 'image has dependent child images');
  if (force) return undefined;
  if (!hasLostName) return inUse(image, 'must be forced', 'image is referenced in multiple repositories');
  const stopped = users[0];
  if (stopped === undefined) return undefined;
  return inUse(image, 'must be forced', `image is being used by stopped container ${short(stopped)}`);
}

function inUse(image: Image, howHard: string, why: string): EngineError {
  return conflict({
    code: 'image-in-use',
    message: `conflict: unable to delete ${shortId(image.id)} (${howHard}) - ${why}`,
    subject: digestHex(image.id),
  });
}

function short({ containerId }: ImageUser): string {
  return containerId.slice(0, 12);
}
