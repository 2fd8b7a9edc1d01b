import { z } from 'zod'
import { type Shape, shapes } from './clips.ts'
import { type Faults, faults } from './faults.ts'
import { sceneFor, type SceneName } from './scenes.ts'
import { nearestRatio } from '../vendors/shared/size.ts'
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
  /** the id of the task whose video it starts from; absent: none, or one of another vendor */
  sourceId?: string
}

/** What a submit starts from: a film of this vendor, whose picture stays, or what is said of another. */
const source = z.object({
  rework: z.enum(['edit', 'extend', 'remix']),
  task_id: z.string().optional(),
  seconds: z.number().positive().max(3600).optional(),
  size: z
    .string()
    .regex(/^\d{2,5}x\d{2,5}$/)
    .optional()
})
type Source = z.infer<typeof source>

/** Returns how long a video of a source is, in whole seconds: an extension contains it. */
function lengthOf(made: number, { rework, seconds = 5 }: Source): number {
  return Math.max(1, Math.round(seconds)) + (rework === 'extend' ? made : 0)
}

function shapeOf({ size = '' }: Source): Shape | undefined {
  const [width = 0, height = 0] = size.split('x').map(Number)
  return shapes.find(shape => width > 0 && shape === nearestRatio(width, height, shapes))
}

/** Reads a body of the legacy API (kling.md §3.1, §3.2), or returns which field is wrong. */
export function readSubmit(capability: Capability, body: unknown): SubmitRequest | { problem: string } {
  const parsed = bodies[capability].safeParse(body)
  if (!parsed.success) return { problem: problemOf(parsed.error.issues[0]) }
  const { model_name, prompt = '', duration, aspect_ratio, external_task_id, image, image_tail } = parsed.data
  const { sandbox, sandbox_source: from } = parsed.data
  return {
    model: model_name,
    seconds: from ? lengthOf(duration, from) : duration,
    shape: (from && shapeOf(from)) ?? aspect_ratio ?? shapeOfImage(image ?? image_tail ?? '') ?? '16:9',
    scene: sceneFor(prompt),
    externalId: external_task_id,
    faults: sandbox,
    ...(from?.task_id !== undefined && { sourceId: from.task_id })
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
  sandbox: faults.default({}),
  sandbox_source: source.optional()
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
