import { z } from 'zod'
import { countCharacters } from '../../lib/characters.ts'
import { integer, numeric } from '../parse.ts'

/* The fields of a create request under our own names, after names and values were read. */

const PROMPT_LIMIT = 32_000

const text = (most: number) =>
  z.string().refine(value => countCharacters(value, most) <= most, `may have at most ${most} characters`)

export const createSchema = z.object({
  model: text(200).optional(),
  prompt: z
    .string({ error: issue => (issue.input === undefined ? 'is required' : 'must be a string') })
    .refine(prompt => /\S/.test(prompt), 'must not be empty')
    .pipe(text(PROMPT_LIMIT)),
  negative_prompt: text(PROMPT_LIMIT).optional(),
  // -1: as long as the model likes
  seconds: numeric
    .pipe(
      z
        .number()
        .min(-1)
        .max(3600)
        .refine(seconds => seconds > 0 || seconds === -1, 'must be greater than 0')
    )
    .optional(),
  size: z
    .string()
    .trim()
    .regex(/^\d{2,5}\s*[x*×]\s*\d{2,5}$/i, 'must be WIDTHxHEIGHT, e.g. 1280x720')
    .optional(),
  width: integer(16, 16_384).optional(),
  height: integer(16, 16_384).optional(),
  fps: integer(1, 240).optional(),
  n: integer(1, 10).optional(),
  seed: integer(-1, Number.MAX_SAFE_INTEGER).optional(),
  response_format: z.enum(['url', 'b64_json']).optional(),
  user: text(512).optional(),
  callback_url: text(2048).optional(),
  characters: z
    .array(z.object({ id: z.string({ error: 'must be the id of a character' }).trim().min(1).max(200) }), {
      error: 'must be a list of objects with the id of a character'
    })
    .max(20)
    .optional()
})
