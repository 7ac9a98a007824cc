import * as z from 'zod/mini';

/** Answer to `GET /lapstrake/images/{name}/users`: names from the image's /etc/passwd; null where its layers are not unpacked. */
export const ImageUsers = z.object({ users: z.nullable(z.readonly(z.array(z.string()))) });
export type ImageUsers = z.output<typeof ImageUsers>;
