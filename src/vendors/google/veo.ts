import { z } from 'zod'
import { defined } from '../../lib/defined.ts'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { audioOf, billed, resolutionAmong, usualSeconds } from '../shared/billing.ts'
import { refuse } from '../shared/check.ts'
import { mergeUnder, passThrough } from '../shared/pass-through.ts'
import { googleError, googleFailure, operationFailure } from './failures.ts'
import { byRole, bytesOf } from '../shared/images.ts'
import { resolutionOfSize } from '../shared/resolution.ts'
import { ratioOf } from '../shared/size.ts'
import { useField } from '../shared/reasons.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import type {
  ProducedFile,
  Priced,
  Failure,
  HttpAnswer,
  ModelSpec,
  Polled,
  Refusal,
  VideoRequest,
  Warning
} from '../vendor.ts'

/* Veo's predictLongRunning, the same on the Gemini API and Vertex: a body of instances and parameters, an operation that ends with `done`. */

export const veoRatios = ['16:9', '9:16'] as const

/** An extension has one length, and no parameter for it; at 720p (ai.google.dev/gemini-api/docs/veo as others quote it, read 2026-11). */
export const veoExtension = { seconds: [7], defaultSeconds: 7 } as const satisfies ModelSpec

/** Parameters that decide the price, and the request field to use instead. */
const ours = { durationSeconds: 'duration', sampleCount: 'n' } as const
const targets = ['gcsOutputDirectory', 'pubsubTopic']
const shape = ['aspect_ratio']
const instanceKeys = ['video', 'mask']

/** Returns the model's limits for this request: with reference images only 8 seconds (cloud.google.com, Veo 3.1). */
export function veoSpec(video: VideoRequest, spec: ModelSpec): ModelSpec {
  const referenced = spec.seconds && video.images.some(({ role }) => role === 'reference')
  return referenced ? { ...spec, seconds: [8] } : spec
}

interface Parameters extends Priced {
  kind: 'fine'
  parameters: Record<string, unknown>
  warnings: Warning[]
}

/** Returns what is sent besides prompt and images. `extra`: parameters of only one of the two APIs. */
export function veoParameters(
  video: VideoRequest,
  spec: ModelSpec,
  seconds: number | undefined,
  extra: Record<string, unknown> = {}
): Refusal | Parameters {
  const { metadata } = video
  for (const [key, field] of Object.entries(ours))
    if (metadata[key] !== undefined) return refuse(`metadata.${key}`, useField(field))
  if (video.source && metadata.resolution !== undefined && metadata.resolution !== '720p')
    return refuse('metadata.resolution', 'an extension is made at 720p')
  const names = spec.resolutions ?? ['720p', '1080p']
  const ratio = ratioOf(video, veoRatios)
  const resolution = video.source ? '720p' : resolutionOfSize(video, names)
  const own = {
    ...defined({
      sampleCount: video.n,
      durationSeconds: seconds,
      aspectRatio: ratio || undefined,
      resolution: metadata.resolution ?? resolution,
      negativePrompt: video.negativePrompt
    }),
    ...extra
  }
  const given = passThrough(metadata, [...shape, ...targets, ...instanceKeys, 'labels', 'resolution', 'prompt'])
  const { fields: parameters, warnings } = mergeUnder(own, given)
  const stated = {
    seconds: seconds ?? usualSeconds(spec),
    resolution: resolutionAmong(names, parameters.resolution, resolution),
    audio: audioOf(spec, parameters.generateAudio),
    video: metadata.video !== undefined || video.source !== undefined
  }
  return { kind: 'fine', parameters, warnings, ...billed(video, stated, parameters) }
}

/** Returns the body. `file` writes an image as the API takes it; `uri`: of the video that is extended. */
export function veoBody<File>(
  video: VideoRequest,
  parameters: Record<string, unknown>,
  file: (source: string) => File,
  extended?: object
): { instances: unknown[]; parameters: Record<string, unknown> } {
  const { first, last, references } = byRole(video)
  const { metadata } = video
  return {
    instances: [
      {
        prompt: video.prompt,
        ...(first !== undefined && { image: file(first) }),
        ...(last !== undefined && { lastFrame: file(last) }),
        ...(references.length && {
          referenceImages: references.map(source => ({ image: file(source), referenceType: 'asset' }))
        }),
        ...Object.fromEntries(instanceKeys.filter(key => metadata[key] !== undefined).map(key => [key, metadata[key]])),
        ...defined({ video: extended })
      }
    ],
    parameters
  }
}

/** Returns an image as bytes. */
export function veoBytes(source: string) {
  const { base64, mimeType } = bytesOf(source)
  return { bytesBase64Encoded: base64, mimeType }
}

/** The answer to a submit. */
export const veoStarted = z.object({ name: z.string().min(1) })

const sample = z.object({ video: z.object({ uri: linkOrNone }).nullish() })
const filtered = { raiMediaFilteredCount: z.number().nullish(), raiMediaFilteredReasons: z.array(z.string()).nullish() }

const operation = z.object({
  name: z.string().nullish(),
  done: z.boolean().nullish(),
  error: googleError,
  response: z
    .object({
      // Vertex
      videos: z
        .array(
          z.object({
            gcsUri: z.string().nullish(),
            bytesBase64Encoded: z.string().nullish(),
            mimeType: textFact
          })
        )
        .nullish(),
      ...filtered,
      // Gemini API; the second name is what some versions answer
      generateVideoResponse: z
        .object({
          generatedSamples: z.array(sample).nullish(),
          generatedVideos: z.array(sample).nullish(),
          ...filtered
        })
        .nullish()
    })
    .nullish()
})

/** A video in an answer: Vertex's `gcsUri` or bytes, the Gemini API's `uri`. */
export interface VeoVideo {
  gcsUri?: string | null | undefined
  bytesBase64Encoded?: string | null | undefined
  mimeType?: string | null | undefined
  uri?: string | null | undefined
}

/** Reads the answer to a poll. `file` returns the produced file of a video; null when there is none. */
export function veoPolled<Operation>(
  answer: HttpAnswer,
  file: (video: VeoVideo) => ProducedFile | null
): Polled<Operation> {
  if (answer.status >= 400) return { status: 'unchanged', failure: googleFailure(answer) }
  const { data } = operation.safeParse(answer.body)
  if (!data) return { status: 'unchanged' }
  if (!data.done) return { status: 'running' }
  if (data.error) return { status: 'failed', failure: operationFailure(data.error) }
  const { generateVideoResponse: gemini, ...vertex } = data.response ?? {}
  const samples = gemini?.generatedSamples ?? gemini?.generatedVideos ?? []
  const videos = [...(vertex.videos ?? []), ...samples.flatMap(({ video }) => (video ? [video] : []))]
  const [first, ...others] = videos.map(file).filter(one => one !== null)
  if (first) return { status: 'succeeded', videos: [first, ...others] }
  return { status: 'failed', failure: emptyFailure(gemini ?? vertex) }
}

// Vertex, responsible AI for Veo: a filtered video is only a count, and a text that ends with a support code
function emptyFailure(answer: z.infer<z.ZodObject<typeof filtered>>): Failure {
  const reasons = answer.raiMediaFilteredReasons ?? []
  if (!reasons.length && !answer.raiMediaFilteredCount) return noVideo.failure
  const message = reasons.join(' ') || textOfKind('content_policy')
  const [, code] = /support codes?: (\d+)/i.exec(message) ?? []
  return { kind: 'content_policy', message, ...(code && { code }) }
}
