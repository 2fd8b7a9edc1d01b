import { z } from 'zod'
import { apiKey, withApiKey } from '../shared/api-key.ts'
import { kindOfStatus } from '../shared/http-failure.ts'
import { readCallback } from './answer.ts'
import type { Reading } from './failures.ts'
import { legacyModels, standardModels, type KlingModel } from './models.ts'
import { sandboxModels } from './sandbox-models.ts'
import { probedKling, speakKling, type KlingOperation } from './wire.ts'
import { generalOptions } from '../shared/options.ts'
import { defined } from '../../lib/defined.ts'
import { table } from '../../lib/table.ts'
import { defineVendor } from '../define.ts'
import type { ChannelConfig, FailureKind, SourceVideo } from '../vendor.ts'

/* Kling at Cloudsway ("MaaS_KL"): Kling's bodies and codes below the customer's own path. Source: docs.cloudsway.net, cloudsway.md. */

const v26: KlingModel = { ...legacyModels['kling-v2-6'], resolutions: ['1080p'], modes: ['pro'] } // pro only

// Cloudsway's pages use different names (cloudsway.md §3); others pass through
const models = table<KlingModel>({
  ...legacyModels,
  MaaS_KL_V1: legacyModels['kling-v1'],
  'MaaS_KL_V1.5': legacyModels['kling-v1-5'],
  'MaaS_KL_V1.6': legacyModels['kling-v1-6'],
  'MaaS_KL_V2.1_Master': legacyModels['kling-v2-1-master'],
  'MaaS_KeLing_V2.1_master': legacyModels['kling-v2-1-master'],
  'MaaS_KeLing_V2.5_turbo': legacyModels['kling-v2-5-turbo'],
  'MaaS_KeLing_V2.6': v26,
  'MaaS_KeLing_3.0_video': legacyModels['kling-v3'],
  'kling-3.0-turbo': standardModels['kling-3.0-turbo']
})

const reading: Reading = { units: 'cloudsway-units', withoutCode }

const prefix = (channel: ChannelConfig) =>
  `/v1/ai/${encodeURIComponent(String(channel.options.endpoint_path))}/kling/videos`

const wire = speakKling({
  models: ({ options }) => (options.sandbox === true ? sandboxModels : models),
  queriesByPath: true,
  prefix: (_standard, channel) => prefix(channel),
  reading,
  ownSources: ({ options }) => options.sandbox === true,
  reference: ({ metadata: { external_task_id: id } }) =>
    typeof id === 'string' && /^\w[\w.:@-]{0,127}$/.test(id) ? id : undefined,
  own: ({ metadata, source }, { options }) =>
    options.sandbox === true ? { ...defined({ sandbox: metadata.sandbox }), ...(source && sandboxSource(source)) } : {}
})

// the sandbox's own: Kling names other videos elsewhere
const sandboxSource = ({ rework, made, seconds, size }: SourceVideo) => ({
  sandbox_source: { rework, ...defined({ task_id: made?.id, seconds, size }) }
})

/** Kling's models at Cloudsway. `baseUrl` is an origin; the customer's `endpoint_path` and the rest are added. */
export const cloudsway = defineVendor<KlingOperation>({
  id: 'cloudsway',
  name: 'Cloudsway (Kling)',
  baseUrl: 'https://genaiapi.cloudsway.net',
  keysUrl: 'https://console.cloudsway.ai',
  docsUrl: 'https://docs.cloudsway.net',
  credential: apiKey,
  options: z.strictObject({
    ...generalOptions,
    endpoint_path: z.string().min(1).describe('path segment of your endpoint, from the console'),
    sandbox: z.boolean().optional().describe('set by the gateway on its own sandbox channel')
  }),
  models,
  facts: {
    source: 'docs.cloudsway.net (Video Generation, MaaS_KL, error codes)',
    checked: '2026-11',
    linkSeconds: null,
    linkRenews: false,
    downloadNeedsAuth: false,
    progress: false,
    cancel: 'none',
    lookup: 'reference',
    callback: 'unsigned'
  },
  sign: (request, channel) => withApiKey(request, channel),
  ...wire,
  // the page of 3.0-turbo has no query: first Cloudsway's usual one, on 404 Kling's own (cloudsway.md §2)
  polled(answer, operation, channel) {
    if (!operation.standard || answer.status !== 404) return wire.polled(answer, operation, channel)
    return {
      status: 'follow',
      request: { method: 'GET', path: `${prefix(channel)}/tasks`, query: { task_ids: operation.id } },
      read: list => wire.polled(list, operation, channel)
    }
  },
  callback: ({ rawBody }) => readCallback(rawBody),
  // no task has this id: the query is free, and still proves the credential
  probe: channel => ({ method: 'GET', path: `${prefix(channel)}/text2video/0` }),
  probed: answer => (answer.status === 404 ? null : probedKling(answer, reading))
})

// cloudsway.md §5: Cloudsway's own errors have a text instead of a code
function withoutCode(status: number, message: string): FailureKind {
  if (/NO_(BALANCER|PROVIDER)_ERROR|NO_PASSAGEWAY|NO_ENDPOINT|PASSAGEWAY_GROUP|MODEL_TYPE_NOT_FOUND/.test(message))
    return 'misconfigured'
  if (status === 400 && /filtered/i.test(message)) return 'content_policy'
  return status === 404 ? 'misconfigured' : kindOfStatus(status)
}
