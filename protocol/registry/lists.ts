import * as z from 'zod/mini';
import { text, texts } from '../engine/fields.ts';

/** Answer of `GET /v2/_catalog` (Docker Registry HTTP API V2, Listing Repositories). */
export const Catalog = z.object({ repositories: texts });

/** Answer of `GET /v2/<name>/tags/list` (OCI distribution-spec, Listing Tags). */
export const TagList = z.object({ name: text, tags: texts });
