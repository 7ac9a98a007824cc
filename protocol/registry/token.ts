import * as z from 'zod/mini';
import { text } from '../engine/fields.ts';

/** What a token server answers (distribution, Token Authentication): either name may hold the token. */
export const TokenAnswer = z.object({ token: text, access_token: text });
