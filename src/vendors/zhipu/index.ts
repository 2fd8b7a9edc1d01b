import { z } from 'zod'
import { linkOrNone, textFact } from '../shared/answer-fields.ts'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { below } from '../shared/base-path.ts'
import { generalOptions } from '../shared/options.ts'
import { soundOf } from '../shared/sound.ts'
import { noVideo, textOfKind } from '../shared/task-failure.ts'
import { defineVendor } from '../define.ts'
import type { HttpAnswer, Polled } from '../vendor.ts'
import { failureOf, refusedSubmit } from './failures.ts'
import { zhipuModels } from './models.ts'
import { zhipuPrices } from './prices.ts'
import { modelOf, PREFIX, submit } from './submit.ts'

/*
 * Zhipu (BigModel) in China and Z.ai abroad: CogVideoX, and models of Vidu. Sources: docs.bigmodel.cn and docs.z.ai (OpenAPI of
 * /paas/v4/videos/generations and /paas/v4/async-result/{id}, error codes), z-ai-sdk-python (hosts).
 */

interface Operation {
  id: string
}

export const zhipu = defineVendor<Operation>({
  id: 'zhipu',
  name: 'Zhipu (CogVideoX)',
  baseUrl: 'https://open.bigmodel.cn',
  regions: [
    { id: 'cn', baseUrl: 'https://open.bigmodel.cn', label: 'China (BigModel)' },
    {
      id: 'global',
      baseUrl: 'https://api.z.ai',
      label: 'Global (Z.ai)',
      keysUrl: 'https://z.ai/manage-apikey/apikey-list'
    }
  ],
  keysUrl: 'https://bigmodel.cn/usercenter/proj-mgmt/apikeys',
  docsUrl: 'https://docs.bigmodel.cn',
  credential: apiKey,
  options: z.strictObject(generalOptions),
  models: zhipuModels,
  prices: zhipuPrices,
  facts: {
    source: 'docs.bigmodel.cn and docs.z.ai (video generation, async result, error codes)',
    checked: '2026-11-30',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'none',
    callback: 'none'
  },

  sign: (request, channel) => withApiKey(request, channel),
  submit,
  sound: video => soundOf(modelOf(video), { field: 'with_audio', on: true, off: false }),
  limits: modelOf,

  submitted(answer) {
    const { data } = accepted.safeParse(answer.body)
    if (answer.status >= 300 || !data) return refusedSubmit(answer)
    return { status: 'accepted', operation: { id: data.id }, upstreamId: data.id }
  },

  poll: ({ id }, channel) => ({
    method: 'GET',
    path: `${below(channel, PREFIX)}/async-result/${encodeURIComponent(id)}`
  }),
  polled,

  // an unknown id: a bad key is a 401 before that
  probe: channel => ({ method: 'GET', path: `${below(channel, PREFIX)}/async-result/0` })
})

const accepted = z.object({ id: z.string().min(1) })

const result = z.object({
  task_status: z.string(),
  video_result: z.array(z.object({ url: linkOrNone, cover_image_url: textFact })).nullish()
})

function polled(answer: HttpAnswer): Polled<Operation> {
  const { data } = result.safeParse(answer.body)
  if (answer.status >= 300 || !data) {
    const failure = failureOf(answer)
    // "in the input or the generation": a poll has neither, so it is about the task
    return failure.kind === 'content_policy' ? { status: 'failed', failure } : { status: 'unchanged', failure }
  }
  switch (data.task_status) {
    case 'SUCCESS':
      return succeeded(data)
    case 'FAIL': {
      const failure = failureOf(answer)
      return {
        status: 'failed',
        failure: failure.code ? failure : { kind: 'unknown', message: textOfKind('unknown') }
      }
    }
    default:
      return { status: 'running' }
  }
}

function succeeded({ video_result }: z.infer<typeof result>): Polled<Operation> {
  const [first, ...others] = (video_result ?? []).flatMap(({ url, cover_image_url }) =>
    url ? [{ at: { url }, ...(cover_image_url && { coverUrl: cover_image_url }) }] : []
  )
  return first ? { status: 'succeeded', videos: [first, ...others] } : noVideo
}
