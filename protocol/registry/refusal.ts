import * as z from 'zod/mini';
import { text } from '../engine/fields.ts';

/** Body of a refused request (OCI distribution-spec, Error Codes). */
export const Refusal = z.object({ errors: z.array(z.object({ code: text, message: text })) });
