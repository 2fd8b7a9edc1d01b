import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { hasEnded, type Estimate, type Model, type Money, type Page, type Price, type Video } from './gateway.ts'

/* What tools answer: a text for the model, the same as structured content for programs, and links to the files. */

const money = z.object({ amount: z.string(), currency: z.string() })
const warnings = z.array(z.object({ field: z.string(), reason: z.string() }))

const shown = z.object({
  id: z.string(),
  status: z.string().describe('queued, in_progress, completed or failed'),
  progress: z.number(),
  model: z.string(),
  prompt: z.string(),
  seconds: z.string(),
  size: z.string(),
  url: z.string().nullable().describe('A link that needs no key; null until the video is completed.'),
  urls: z.array(z.string()),
  expires_at: z.number().nullable(),
  queue_position: z.number().nullable(),
  sandbox: z.boolean().describe('true: a test video, not made by a vendor.'),
  warnings,
  error: z.object({ code: z.string(), message: z.string() }).nullable()
})

export const outputs = {
  video: shown,
  made: shown.extend({ price: money.nullable().describe('The most that it costs; null: unknown.') }),
  list: z.object({ videos: z.array(shown), last_id: z.string().nullable(), has_more: z.boolean() }),
  models: z.object({
    models: z.array(
      z.object({
        id: z.string(),
        prices: z
          .array(money.extend({ unit: z.string(), when: z.record(z.string(), z.unknown()).optional() }))
          .nullable(),
        capabilities: z.record(z.string(), z.unknown())
      })
    )
  }),
  estimate: z.object({
    model: z.string(),
    price: money.nullable().describe('The most that it costs; null: unknown.'),
    seconds: z.number().nullable(),
    size: z.string().nullable(),
    usual_seconds: z.number().nullable().describe('How long such a video usually takes.'),
    covered: z.boolean().nullable().describe('Whether the budget of the key covers it; null: it has none.'),
    warnings
  })
}

const LISTED_MODELS = 20

/** The answer to a create. `price`: the most that it costs. */
export function madeAnswer(video: Video, price: Money | null): CallToolResult {
  const cost = price ? ` It costs at most ${textOf(price)}.` : ''
  return {
    content: [text(`${stateOf(video)}${cost}${again(video)}`), ...linksOf(video)],
    structuredContent: { ...show(video), price },
    ...(video.status === 'failed' && { isError: true })
  }
}

export const videoAnswer = (video: Video): CallToolResult => ({
  content: [text(stateOf(video) + again(video)), ...linksOf(video)],
  structuredContent: show(video)
})

export function listAnswer({ data, last_id, has_more }: Page): CallToolResult {
  const lines = data.map(video => `${stateOf(video)} Prompt: ${video.prompt.slice(0, 100)}`)
  const more = has_more ? `\nThere are more: list_videos with after "${last_id}".` : ''
  return {
    content: [text(lines.length ? lines.join('\n') + more : 'There are no videos yet.'), ...data.flatMap(linksOf)],
    structuredContent: { videos: data.map(show), last_id, has_more }
  }
}

export const modelsAnswer = (models: readonly Model[]): CallToolResult => ({
  content: [
    text(
      models.length ? models.map(priceLine).join('\n') : 'This key may use no model. Ask the operator of the gateway.'
    )
  ],
  structuredContent: { models: models.map(({ id, prices, capabilities }) => ({ id, prices, capabilities })) }
})

export function estimateAnswer({
  model,
  price,
  seconds,
  size,
  usual_ms,
  covered,
  warnings,
  ...estimate
}: Estimate): CallToolResult {
  const usual = usual_ms === null ? null : Math.round(usual_ms / 1000)
  const parts = [
    price ? `${model} would cost at most ${textOf(price)}.` : `The price of ${model} is not known.`,
    seconds !== null && `It would be ${seconds} s long.`,
    size !== null && `Its size would be ${size}.`,
    usual !== null && `Such a video usually takes ${usual} s.`,
    covered === false && 'The budget of this key does not cover it.',
    estimate.queue && `It would wait in the queue, at position ${estimate.queue.position}.`,
    estimate.unavailable_reason,
    ...warnings.map(warningText)
  ]
  return {
    content: [text(parts.filter(part => typeof part === 'string').join(' '))],
    structuredContent: { model, price, seconds, size, usual_seconds: usual, covered, warnings }
  }
}

/** Plain text, marked as an error: the model can correct its call. */
export const failureAnswer = (message: string): CallToolResult => ({ content: [text(message)], isError: true })

/** Names the models and their prices, for the descriptions of the tools that cost money. */
export function priceList(models: readonly Model[]): string {
  const lines = models.slice(0, LISTED_MODELS).map(priceLine)
  const rest = models.length - lines.length
  return `${lines.join('; ')}${rest > 0 ? `; and ${rest} more, see list_models` : ''}`
}

const priceLine = ({ id, prices }: Model) => `${id}: ${prices ? prices.map(priceText).join(', ') : 'price not known'}`

function priceText({ unit, when, ...price }: Price): string {
  const conditions = Object.entries(when ?? {}).map(([name, value]) => `${name} ${value}`)
  return `${textOf(price)} per ${unit}${conditions.length ? ` (${conditions.join(', ')})` : ''}`
}

function show({ id, status, progress, model, prompt, seconds, size, url, expires_at, metadata, error }: Video) {
  const urls = metadata.videos?.map(one => one.url) ?? [url]
  return {
    id,
    status,
    progress,
    model,
    prompt,
    seconds,
    size,
    url,
    urls: urls.filter(one => one !== null),
    expires_at,
    queue_position: metadata.queue_position ?? null,
    sandbox: metadata.sandbox === true,
    warnings: metadata.warnings ?? [],
    error
  }
}

function stateOf({ id, status, progress, model, seconds, size, url, metadata, error }: Video): string {
  const notes = [
    metadata.sandbox === true && ' SANDBOX: this is a test video, not made by a vendor.',
    ...(metadata.warnings ?? []).map(warning => ` ${warningText(warning)}`)
  ]
  const about = [model, seconds && `${seconds} s`, size].filter(Boolean).join(', ')
  return stateText() + notes.filter(note => typeof note === 'string').join('')

  function stateText() {
    if (error) return `Video ${id} failed (${error.code}): ${error.message}`
    if (url !== null) return `Video ${id} is ready (${about}): ${url}`
    if (metadata.queue_position !== undefined) return `Video ${id} is queued, at position ${metadata.queue_position}.`
    return status === 'completed' ? `Video ${id} is completed.` : `Video ${id} is in progress, ${progress} %.`
  }
}

const again = (video: Video) =>
  hasEnded(video)
    ? ''
    : ` It is not finished yet. Call get_video with id "${video.id}" to wait for it, which costs nothing; creating it again would be another video, which costs again.`

function linksOf({ id, url, format, prompt, metadata }: Video): ContentBlock[] {
  const urls = (metadata.videos?.map(one => one.url) ?? [url]).filter(one => one !== null)
  return urls.map((uri, index) => ({
    type: 'resource_link',
    uri,
    name: `${id}${index ? `-${index + 1}` : ''}.${format}`,
    description: prompt.slice(0, 200),
    mimeType: mediaTypes[format] ?? `video/${format}`
  }))
}

const mediaTypes: Readonly<Record<string, string>> = {
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  gif: 'image/gif'
}

const text = (line: string): ContentBlock => ({ type: 'text', text: line })
const textOf = ({ amount, currency }: Money) => `${amount} ${currency}`
const warningText = ({ field, reason }: { field: string; reason: string }) => `Warning: ${field}: ${reason}.`
