import { z } from 'zod'
import { type Shape, shapes } from './clips.ts'
import { type Faults, faults } from './faults.ts'
import { sceneFor, type SceneName } from './scenes.ts'
import { shapeOfImage } from './shape.ts'

export const capabilities = ['text2video', 'image2video'] as const
export type Capability = (typeof capabilities)[number]

/** What the sandbox reads of a submit; all other fields are ignored. */
export interface SubmitRequest {
  model: string
  seconds: number
  shape: Shape
  scene: SceneName
  /** '' when none was given */
  externalId: string
  faults: Faults
}

/** Reads a body of the legacy API (kling.md §3.1, §3.2), or returns which field is wrong. */
export function readSubmit(capability: Capability, body: unknown): SubmitRequest | { problem: string } {
  const parsed = bodies[capability].safeParse(body)
  if (!parsed.success) return { problem: problemOf(parsed.error.issues[0]) }
  const { model_name, prompt = '', duration, aspect_ratio, external_task_id, image, image_tail, sandbox } = parsed.data
  return {
    model: model_name,
    seconds: duration,
    shape: aspect_ratio ?? shapeOfImage(image ?? image_tail ?? '') ?? '16:9',
    scene: sceneFor(prompt),
    externalId: external_task_id,
    faults: sandbox
  }
}

const body = z.looseObject({
  model_name: z.string().min(1).default('kling-v1'),
  prompt: z.string().optional(),
  image: z.string().min(1).optional(),
  image_tail: z.string().min(1).optional(),
  aspect_ratio: z.enum(shapes).optional(),
  // a string in the documents; a wider range than any model's, because the sandbox stands for many
  duration: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,2}$/, 'must be "1" to "60"')
        .transform(Number)
    ])
    .pipe(z.int().min(1).max(60))
    .default(5),
  external_task_id: z.string().max(512).default(''),
  sandbox: faults.default({})
})

const bodies = {
  text2video: body.refine(({ prompt, multi_prompt }) => prompt || multi_prompt, {
    path: ['prompt'],
    message: 'required'
  }),
  image2video: body.refine(({ image, image_tail }) => image ?? image_tail, { path: ['image'], message: 'required' })
} satisfies Record<Capability, z.ZodType>

function problemOf(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return 'Invalid body'
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  return `Invalid parameter ${[...issue.path, ...unknown].join('.') || 'body'}: ${issue.message}`
}
