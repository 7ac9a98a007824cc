/** The annotation of an `index.json` entry that names it (OCI image-spec, annotations.md): a tag, or a whole reference. */
export const REF_NAME = 'org.opencontainers.image.ref.name';
/** The whole reference, as containerd and Docker note it beside `REF_NAME`. */
export const CONTAINERD_NAME = 'io.containerd.image.name';
