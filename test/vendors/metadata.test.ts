import { describe, expect, test } from 'vitest'
import { isStandard } from '../../src/vendors/kling/models.ts'
import { isAsking } from '../support/asking.ts'
import { requestsOf } from '../support/readings.ts'
import { loadVectors, vendorOf, videoOf, type Vector } from '../support/vectors.ts'

/* A client's metadata goes into the vendor's body, but never decides the model that is billed, who is called back, where files go, or headers. */

const TRACE = 'hostile'

const names = [
  'model model_name modelName Model MODEL model_id agent',
  'callback_url callbackUrl CallbackURL callback notify_url notifyUrl notify_hook',
  'webhook webhook_url webhookUrl webhook_id webhook_config webhook_secret webhook_events_filter fal_webhook',
  'output output_config output_url output_uri output_gcs_uri gcs_uri gcsUri gcsOutputDirectory pubsubTopic',
  'storage storage_uri storageUri storage_options upload_url delivery',
  'headers extra_headers extra_query extra_body authorization api_key apiKey sandbox image_roles'
].flatMap(line => line.split(' '))

const hostile = Object.fromEntries(names.map((name, index) => [name, `https://${TRACE}-${index}.example/${name}`]))

/** Objects in metadata that an adapter takes apart; `of` tells for which models, where not for all. */
const containers: Record<string, { keys: readonly string[]; of?: (model: string) => boolean }> = {
  cloudsway: { keys: ['settings', 'options'], of: isStandard },
  dashscope: { keys: ['input', 'parameters'] },
  fal: { keys: ['input'] },
  gemini: { keys: ['response_format', 'generation_config'], of: model => model.startsWith('gemini-') },
  kling: { keys: ['settings', 'options'], of: isStandard },
  luma: { keys: ['video'] },
  replicate: { keys: ['input'] }
}

describe.each(loadVectors())('$vendorId', ({ vendorId, cases }) => {
  const vendor = vendorOf(vendorId)
  const asking = cases.filter(isAsking)
  const build = (vector: Vector, metadata: Record<string, unknown>) => {
    const video = videoOf(vector)
    return requestsOf(vendor, vector, { ...video, metadata: { ...video.metadata, ...metadata } })
  }

  test('metadata changes no model, callback, output target or header', () => {
    for (const vector of asking) {
      const requests = build(vector, hostile)
      expect(requests, vector.name).not.toEqual([])
      expect(JSON.stringify(requests), vector.name).not.toContain(TRACE)
    }
  })

  test('nor inside the objects that are taken apart', () => {
    const { keys = [], of = () => true } = containers[vendorId] ?? {}
    for (const vector of asking.filter(({ request }) => of(request!.model)))
      for (const key of keys)
        expect(JSON.stringify(build(vector, { [key]: hostile })), `${vector.name} ${key}`).not.toContain(TRACE)
  })

  test('metadata sets no header, and asks nowhere else', () => {
    for (const vector of asking) {
      const [honest, asked] = [build(vector, {}), build(vector, hostile)]
      expect(asked.map(({ method, path, query, headers }) => ({ method, path, query, headers }))).toEqual(
        honest.map(({ method, path, query, headers }) => ({ method, path, query, headers }))
      )
    }
  })
})
