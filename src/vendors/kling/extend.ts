import { z } from 'zod'
import { answeredTasks } from './answer.ts'
import { billed } from '../shared/billing.ts'
import { check, refuse } from '../shared/check.ts'
import { excerpt } from '../shared/http-failure.ts'
import { passThrough } from '../shared/pass-through.ts'
import { notItsMaker, onlyMade } from '../shared/rework.ts'
import { readFailure, text, type Reading } from './failures.ts'
import type { Shape } from './shape.ts'
import type { HttpAnswer, HttpRequest, MadeVideo, Rejected, Step } from '../vendor.ts'

/*
 * Continues a video of the legacy API: the vendor takes model and mode from the video, and adds 4 to 5 seconds, up to 3 minutes in all. Sources:
 * kling.md §3.3, docs.klingai2.org (Video Extension), docs.comfy.org (KlingVideoExtendNode), cloudsway.md §2.
 */

/** 4 to 5 seconds: the longer one is held for. */
export const extension = { seconds: [5], defaultSeconds: 5 } as const

export const extend: Shape = {
  path: () => CAPABILITY,
  submit(video, model, channel, { own }) {
    const { source } = video
    const checked = check(video, model, channel, ['negative_prompt'])
    if (checked.kind === 'refuse') return checked
    if (!source?.made) return source ? onlyMade(source) : refuse('video', 'is required')
    if (source.made.model !== video.model) return refuse('model', notItsMaker(video.model))
    const settings = passThrough(video.metadata, [...placed, ...(model.cfgScale === false ? ['cfg_scale'] : [])])
    return {
      kind: 'draft',
      warnings: checked.warnings,
      ...billed(video, { seconds: extension.defaultSeconds, video: true }, settings),
      // no reference: the body has no field for one
      body: ({ callbackUrl }) => ({
        ...settings,
        ...(video.prompt && { prompt: video.prompt }),
        ...(video.negativePrompt && { negative_prompt: video.negativePrompt }),
        ...(callbackUrl && { callback_url: callbackUrl }),
        ...own
      })
    }
  },
  query: (_video, id) => ({ path: `${CAPABILITY}/${encodeURIComponent(id)}` })
}

const CAPABILITY = '/video-extend'
const placed = ['aspect_ratio', 'resolution', 'mode', 'duration', 'external_task_id', 'video_id', 'task_id']

/** Where the task may be that made a video, the likeliest first. */
const makers = ['/text2video', '/image2video', CAPABILITY]

/** Asks for the vendor's id of a task's video, which only its query has, and goes on with it. */
export function withVideoId(
  made: MadeVideo,
  get: (path: string) => HttpRequest,
  reading: Reading,
  next: (videoId: string) => Step
): Step {
  const ask = ([maker, ...others]: readonly string[]): Step | Rejected =>
    maker === undefined
      ? gone
      : {
          kind: 'upload',
          request: get(`${maker}/${encodeURIComponent(made.id)}`),
          next(answer) {
            const id = videoIdIn(answer)
            if (id !== undefined) return next(id)
            const tasks = answeredTasks(answer, reading, false)
            if (tasks !== 'unclear' && tasks.length === 0) return ask(others)
            const failure = readFailure(answer, reading) ?? { kind: 'unknown', message: excerpt(answer) }
            return { status: 'rejected', failure }
          }
        }
  const first = ask(makers)
  // true because there are makers
  return first as Step
}

const gone: Rejected = {
  status: 'rejected',
  failure: { kind: 'invalid_request', param: 'video', message: 'The vendor no longer has this video.' }
}

const answered = z.object({
  data: z.object({ task_result: z.object({ videos: z.array(z.object({ id: text })).min(1) }) })
})

function videoIdIn({ body }: HttpAnswer): string | undefined {
  const id = answered.safeParse(body).data?.data.task_result.videos[0]?.id
  return id === null || id === undefined || id === '' ? undefined : String(id)
}
