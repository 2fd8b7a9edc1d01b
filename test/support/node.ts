import { Readable } from 'node:stream'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import type { Environment } from '../../src/services/environment.ts'
import { openServices, type Services } from '../../src/services/index.ts'
import type { Exchange } from '../../src/upstream/exchange.ts'
import type { HttpAnswer } from '../../src/vendors/vendor.ts'

/* The engine without HTTP: what is heard of vendors is the test's to say, and nothing runs but what it calls. */

interface NodeOptions extends Pick<Environment, 'monotonic'> {
  folder: string
  now(): number
  exchange: Pick<Exchange, 'submit' | 'ask'> & Partial<Exchange>
  env?: Record<string, string>
}

/** A node over the SQLite in `folder`, or over what `env` says. */
export const openNode = ({ folder, exchange, env = {}, ...time }: NodeOptions): Promise<Services> =>
  openServices({
    config: loadConfig({ DATA_DIR: folder, SANDBOX: 'off', ARCHIVE_URL: 'off', ...env }),
    log: pino({ level: 'silent' }),
    random: () => 0.5,
    ...time,
    exchange: {
      fetch: async () => ({}),
      open: async () => ({ ok: true, status: 200, headers: {}, body: Readable.from([]) }),
      ...exchange
    }
  })

type ChannelInput = Parameters<Services['channels']['create']>[0]

/** An account without limits, but for what `more` says. */
export const channelOf = (
  more: Pick<ChannelInput, 'name' | 'vendor' | 'options' | 'models'> & Partial<ChannelInput>
) => ({
  credential: 'secret',
  max_concurrency: null,
  submits_per_minute: null,
  priority: 0,
  weight: 1,
  disabled: false,
  ...more
})

/** An account at Cloudsway that makes `kling-v1`. */
export const cloudswayChannel = ({ name, ...more }: { name: string } & Partial<ChannelInput>) =>
  channelOf({
    name,
    vendor: 'cloudsway',
    base_url: 'https://genaiapi.cloudsway.net',
    options: { endpoint_path: name },
    models: { 'kling-v1': 'kling-v1' },
    ...more
  })

export const answer = (body: object, status = 200): HttpAnswer => ({ status, headers: {}, body })

/** Cloudsway's answer about a task. */
export const cloudswayAnswer = (id: string, status: string, more: object = {}): HttpAnswer =>
  answer({ code: 0, message: 'SUCCEED', request_id: 'r', data: { task_id: id, task_status: status, ...more } })

/** What Cloudsway says of a finished one. */
export const cloudswayVideo = {
  task_result: { videos: [{ id: 'v', url: 'https://cdn.vendor.test/v.mp4', duration: '5' }] }
}
