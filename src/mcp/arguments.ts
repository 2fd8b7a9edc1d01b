import { z } from 'zod'
import type { Fields } from './gateway.ts'

/* The arguments of the tools, under the names that other video servers use. */

const link = (about: string) =>
  z
    .string()
    .regex(/^(https?:\/\/|data:image\/)/i, 'must be an http(s) link or a data:image/… URL')
    .describe(`${about}: a public link, or a data: URL.`)
const path = (about: string) => z.string().min(1).describe(`${about}: the path of a file on this computer.`)

const settings = {
  model: z.string().optional().describe('A model of list_models. Leave it out for the default.'),
  image_url: link('The first frame').optional(),
  last_image_url: link('The last frame').optional(),
  duration: z.number().positive().optional().describe('Seconds. Models make certain lengths; the nearest is made.'),
  aspect_ratio: z.string().optional().describe('E.g. 16:9, 9:16 or 1:1.'),
  resolution: z.string().optional().describe('E.g. 720p or 1080p. A higher one usually costs more.'),
  seed: z.int().min(0).optional().describe('The same seed makes a similar video, where the model supports it.'),
  negative_prompt: z.string().optional().describe('What the video should not show.')
}

const prompt = z.string().min(1).describe('What the video shows.')

const making = {
  wait: z
    .boolean()
    .default(true)
    .describe('true: wait up to 45 seconds for the video. false: return its id at once; ask with get_video.'),
  idempotency_key: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces')
    .optional()
    .describe(
      'A name that you choose for this one video, e.g. a UUID. Repeating a call with the same key and the same arguments returns the same video and never costs twice. Use another key only for another video.'
    )
}

const files = {
  image_path: path('The first frame').optional(),
  last_image_path: path('The last frame').optional()
}

/** Returns the arguments of the tools that take a prompt. `withFiles`: also paths, which only a server on the user's computer can read. */
export function argumentsOf(withFiles: boolean) {
  const asked = { ...settings, ...(withFiles && files) }
  const hasImage = (given: object) => 'image_url' in given || 'image_path' in given
  const generate = z.strictObject({ prompt, ...asked, ...making })
  return {
    generate,
    fromImage: generate.refine(hasImage, withFiles ? 'image_url or image_path is required' : 'image_url is required'),
    estimate: z.strictObject({ prompt: prompt.optional(), ...asked })
  }
}

export const video = z.strictObject({ id: z.string().min(1).describe('The id of the video: video_….') })

export const waiting = video.extend({
  wait: z.boolean().default(true).describe('true: wait up to 45 seconds for its end. false: return at once.')
})

export const list = z.strictObject({
  limit: z.int().min(1).max(50).default(10),
  after: z.string().optional().describe('The last_id of the page before.')
})

export const nothing = z.strictObject({})

/** Returns the body of a create request. `readImage` makes a data: URL of a file. */
export function fieldsOf(
  { image_path: first, last_image_path: last, ...fields }: Fields & { image_path?: string; last_image_path?: string },
  readImage: (path: string) => string
): Fields {
  return {
    ...fields,
    ...(first !== undefined && { image_url: readImage(first) }),
    ...(last !== undefined && { last_image_url: readImage(last) })
  }
}
