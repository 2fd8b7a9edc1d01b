import { billed, hasVideo, resolutionAmong, secondsIn, usualSeconds } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { lastFrameRefusal } from '../shared/frames.ts'
import { byRole, urlOrBase64 } from '../shared/images.ts'
import { idIsOurs, notSupported, ratioFollowsImage } from '../shared/reasons.ts'
import { isOmni, klingRatios, noReferences, ratioRefusal, resolutionOf, type KlingModel } from './models.ts'
import type { Shape } from './shape.ts'
import { isRecord, recordOf } from '../../lib/records.ts'
import { ratioOf } from '../shared/size.ts'
import { table } from '../../lib/table.ts'
import { defined } from '../../lib/defined.ts'
import type { ChannelConfig, Priced, Refusal, VideoRequest, Warning } from '../vendor.ts'

/* Kling's standard API: `/<capability>/<model>`, a body of prompt or contents, settings and options. Source: kling.md §2. */

export const standard: Shape = {
  path: video => `/${capabilityOf(video)}/${encodeURIComponent(video.model)}`,
  submit(video, model, channel, { ownReference, own }) {
    const checked = check(video, model, channel, ['size'])
    if (checked.kind === 'refuse') return checked
    const resolved = resolutionOf(video, model, channel)
    if (resolved.kind === 'refuse') return resolved
    const misplaced = legacyRefusal(video, channel) ?? pictureRefusal(video)
    if (misplaced) return misplaced

    const omni = isOmni(video.model)
    const { first } = byRole(video)
    const framed = omni ? first !== undefined : video.images.length > 0
    // omni requires a ratio when no frame sets it (kling.md §2.3)
    const ratio = framed ? undefined : (ratioOf(video, model.ratios ?? klingRatios) ?? (omni ? '16:9' : undefined))
    const shape = ratioRefusal(ratio, model, channel)
    if (shape) return shape

    const { metadata } = video
    const { fields: settings, warnings: overruled } = mergeUnder(
      defined({ resolution: resolved.resolution, aspect_ratio: ratio || undefined, duration: checked.seconds }),
      { ...pick(metadata, ['audio', 'multi_shot']), ...passThrough(without(metadata.settings, ['duration'])) },
      [],
      'metadata.settings'
    )
    const options = {
      ...pick(metadata, ['watermark_info']),
      ...passThrough(without(metadata.options, ['external_task_id']))
    }
    const { fields: rest, warnings: outside } = mergeUnder({}, passThrough(metadata, placed), ['prompt'])
    const inContents = omni || video.images.length > 0
    return {
      kind: 'draft',
      warnings: [
        ...checked.warnings,
        ...resolved.warnings,
        ...dropped(video, ownReference, framed),
        ...overruled,
        ...outside
      ],
      ...statement(
        video,
        model,
        { settings, options, ...rest },
        { asked: resolved.resolution, more: inContents && metadata.contents }
      ),
      body: ({ reference, callbackUrl }) => ({
        ...(inContents ? { contents: contents(video) } : { prompt: video.prompt }),
        ...(Object.keys(settings).length > 0 && { settings }),
        options: { ...options, external_task_id: reference, ...(callbackUrl && { callback_url: callbackUrl }) },
        ...rest,
        ...own
      })
    }
  },
  query: (_video, id, by) => ({ path: '/tasks', query: { [by === 'id' ? 'task_ids' : 'external_task_ids']: id } })
}

const placed = [
  'aspect_ratio',
  'resolution',
  'audio',
  'multi_shot',
  'settings',
  'watermark_info',
  'options',
  'contents',
  'cfg_scale',
  'external_task_id'
]

// defaults: 720p and silent, except 3.0-turbo, which always has sound (kling.md §2.1, §2.5)
function statement(
  video: VideoRequest,
  model: KlingModel,
  sent: Record<string, unknown>,
  { asked, more }: { asked: string | undefined; more: unknown }
): Priced {
  const { duration, resolution, audio } = recordOf(sent.settings)
  return billed(
    video,
    {
      seconds: secondsIn(duration) ?? usualSeconds(model),
      resolution: resolutionAmong(model.resolutions, resolution, asked, '720p'),
      audio: model.alwaysSounds ?? !silent.has(audio),
      video: hasVideo(more),
      voice: Array.isArray(more) && more.some(item => isRecord(item) && item.type === 'voice')
    },
    sent
  )
}

const silent = new Set<unknown>([undefined, null, 'off', 'original'])

function capabilityOf({ model, images }: VideoRequest): string {
  if (isOmni(model)) return 'omni-video'
  return images.length > 0 ? 'image-to-video' : 'text-to-video'
}

// metadata.contents adds elements, voices and source videos, as the client wrote them
function contents(video: VideoRequest): unknown[] {
  const { first, last, references } = byRole(video)
  const more = video.metadata.contents
  return [
    ...(video.prompt ? [{ type: 'prompt', text: video.prompt }] : []),
    ...(first === undefined ? [] : [{ type: 'first_frame', url: urlOrBase64(first) }]),
    ...(last === undefined ? [] : [{ type: 'last_frame', url: urlOrBase64(last) }]),
    ...references.map(source => ({ type: 'refer_image', url: urlOrBase64(source) })),
    ...(Array.isArray(more) ? more.filter(item => !(isRecord(item) && (item.type === 'prompt' || 'text' in item))) : [])
  ]
}

function pictureRefusal(video: VideoRequest): Refusal | null {
  const alone = lastFrameRefusal(video)
  if (alone) return alone
  return byRole(video).references.length > 0 && !isOmni(video.model)
    ? refuse('images', noReferences(video.model))
    : null
}

// settings of the legacy API that change the price or the picture (kling.md §2)
const legacyOnly = table<string>({
  mode: 'use metadata.resolution',
  sound: 'use metadata.audio',
  camera_control: 'describe the camera in the prompt'
})

function legacyRefusal(video: VideoRequest, channel: ChannelConfig): Refusal | null {
  if (channel.options.strict === false) return null
  const key = Object.keys(legacyOnly).find(name => video.metadata[name] !== undefined)
  return key ? refuse(`metadata.${key}`, `${notSupported(video.model)}; ${legacyOnly[key]}`) : null
}

function dropped(video: VideoRequest, ownReference: boolean, framed: boolean): Warning[] {
  const { aspect_ratio, cfg_scale, external_task_id } = video.metadata
  const warnings: Warning[] = []
  if (framed && video.size) warnings.push({ field: 'size', reason: ratioFollowsImage })
  if (framed && aspect_ratio !== undefined) warnings.push({ field: 'metadata.aspect_ratio', reason: ratioFollowsImage })
  if (cfg_scale !== undefined) warnings.push({ field: 'metadata.cfg_scale', reason: notSupported(video.model) })
  if (external_task_id !== undefined && !ownReference)
    warnings.push({ field: 'metadata.external_task_id', reason: idIsOurs })
  return warnings
}

function pick(metadata: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter(key => metadata[key] !== undefined).map(key => [key, metadata[key]]))
}

function without(value: unknown, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(recordOf(value)).filter(([key]) => !keys.includes(key)))
}
