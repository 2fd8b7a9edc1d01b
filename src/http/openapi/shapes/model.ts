import { z } from 'zod'
import { ManagedBy, damage, milliseconds, seconds } from './shared.ts'

/* Models, as clients see them and as operators set them. */

export const Price = z
  .object({
    unit: z.enum(['second', 'video']),
    amount: z.string(),
    currency: z.string(),
    when: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('Applies only when all of these match what is sent.')
  })
  .meta({
    id: 'Price',
    description: 'Of several prices the most specific one that applies.',
    examples: [{ unit: 'second', amount: '0.10', currency: 'USD', when: { resolution: '1080p' } }]
  })

export const Capabilities = z
  .object({
    seconds: z
      .union([z.array(z.number()), z.object({ min: z.number(), max: z.number() })])
      .nullable()
      .describe('The lengths that it can make.'),
    default_seconds: z.number().nullable(),
    aspect_ratios: z.array(z.string()).nullable(),
    resolutions: z.array(z.string()).nullable(),
    image_roles: z
      .array(z.enum(['first', 'last', 'reference']))
      .nullable()
      .describe('`[]`: from text only.'),
    max_references: z.int().nullable(),
    audio: z.boolean().nullable().describe('Whether it can have sound.'),
    prompt_limit: z.int().nullable().describe('Characters.'),
    max_videos: z.int().describe('How many videos one request to the vendor can ask for. `n` may be more.'),
    reworks: z
      .array(z.enum(['edit', 'extend', 'remix']))
      .describe('What it can make of another video: `/v1/videos/edits`, `/extensions` and `/{id}/remix`.'),
    retired: z.object({ since: z.string(), replacement: z.string() }).nullable()
  })
  .meta({ id: 'Capabilities', description: 'What a model can do; null: unknown, then the vendor decides.' })

const modelFields = {
  id: z.string(),
  object: z.literal('model'),
  created: seconds,
  owned_by: z.string().describe('The vendor.')
}

export const Model = z
  .object(modelFields)
  .meta({ id: 'Model', examples: [{ id: 'kling-v1', object: 'model', created: 1767000000, owned_by: 'kling' }] })

export const VideoModel = z
  .object({ ...modelFields, capabilities: Capabilities, prices: z.array(Price).nullable().describe('null: unknown.') })
  .meta({ id: 'VideoModel' })

export const ModelSettings = z
  .object({
    id: z.string().describe('The same as `name`.'),
    object: z.literal('model'),
    name: z.string(),
    candidates: z
      .array(z.object({ channel: z.string(), upstream_model: z.string(), priority: z.int(), weight: z.number() }))
      .describe('The channels that serve it. Lower priorities are asked later; equal ones share by weight.'),
    prices: z.array(Price).describe('The operator’s own; `[]`: those that the vendor publishes apply.'),
    retry_failed: z.boolean().describe('Whether a failed generation is tried once more on another channel.'),
    duration_policy: z.enum(['nearest', 'up', 'refuse']).nullable(),
    disabled: z.boolean(),
    usual_ms: milliseconds.nullable(),
    available: z.boolean(),
    unavailable_reason: z.string().nullable(),
    capabilities: Capabilities.nullable(),
    modes: z.array(z.string()),
    waiting: z.int().describe('Tasks in the queue.'),
    managed_by: ManagedBy.nullable(),
    price_facts: z.array(z.string()).describe('The settings that a price can depend on (`when`).'),
    ...damage
  })
  .meta({ id: 'ModelSettings', description: 'A public model name: who serves it, and what it costs.' })
