import { describe, expect, it } from 'vitest'
import { parseLossless } from '../../src/lib/json.ts'
import { cloudsway } from '../../src/vendors/kling/cloudsway.ts'
import type { ChannelConfig, HttpAnswer, HttpRequest, VideoRequest } from '../../src/vendors/vendor.ts'
import { sentBy } from '../support/drafts.ts'
import { begin, openSandbox } from './client.ts'

/* The real adapter against the sandbox: what it sends is understood, and each fault is read as the kind it stands for. */

async function open() {
  const { url, credential, endpointPath, clock } = await openSandbox()
  const channel: ChannelConfig = {
    baseUrl: url,
    credential: cloudsway.credential.parse(credential)!,
    options: { endpoint_path: endpointPath, sandbox: true }
  }
  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { method, path, headers = {}, body } = cloudsway.sign(request, channel, clock.now)
    const json = body && 'json' in body ? body.json : undefined
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, connection: 'close', ...(json !== undefined && { 'content-type': 'application/json' }) },
      ...(json !== undefined && { body: JSON.stringify(json) })
    })
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: parseLossless(await response.text())
    }
  }
  const submit = async (request: VideoRequest) => {
    return cloudsway.submitted(await send(sentBy(cloudsway, request, channel)), request, channel)
  }
  const accept = async (request: VideoRequest) => {
    const submitted = await submit(request)
    if (submitted.status !== 'accepted') throw new Error(submitted.failure.message)
    return submitted
  }
  const poll = async (operation: unknown) =>
    cloudsway.polled(await send(cloudsway.poll(operation, channel)), operation, channel)
  const find = async (request: VideoRequest) => {
    const context = { reference: 'att_1', sentAt: begin }
    return cloudsway.found!(await send(cloudsway.lookup!(request, channel, context)!), request, channel, context)
  }
  return { channel, clock, send, submit, accept, poll, find, url }
}

function video(sandbox: object = {}, more: Partial<VideoRequest> = {}): VideoRequest {
  return { model: 'kling-v1', prompt: 'a dog runs', images: [], metadata: { sandbox }, ...more }
}

describe('the adapter and the sandbox', () => {
  it('make a video together', async () => {
    const { accept, poll, clock, url } = await open()
    const { operation, upstreamId } = await accept(
      video({}, { seconds: 10, width: 1024, height: 1024, size: '1024x1024' })
    )
    expect(upstreamId).toMatch(/^\d{18}$/)
    expect(await poll(operation)).toEqual({ status: 'queued' })
    clock.now += 1000
    expect(await poll(operation)).toEqual({ status: 'running' })
    clock.now += 2000
    expect(await poll(operation)).toMatchObject({
      status: 'succeeded',
      videos: [{ seconds: 10, at: { url: expect.stringMatching(new RegExp(`^${url}/files/${upstreamId}/`)) } }]
    })
  })

  it('find a submit whose answer was lost, and tell one that never came', async () => {
    const { submit, find } = await open()
    const lost = video({ lost_answer: true })
    expect(await find(lost)).toEqual({ status: 'absent' })
    await expect(submit(lost)).rejects.toThrow('fetch failed')
    expect(await find(lost)).toMatchObject({
      status: 'found',
      accepted: { upstreamId: expect.stringMatching(/^\d{18}$/) }
    })
  })

  it('keep a task alive through words and pages that say nothing', async () => {
    const { accept, poll } = await open()
    const { operation } = await accept(video({ poll_http_error: 502, statuses: ['weird', 'succeed'] }))
    expect(await poll(operation)).toMatchObject({ status: 'unchanged' })
    expect(await poll(operation)).toMatchObject({ status: 'running' })
    expect(await poll(operation)).toMatchObject({ status: 'succeeded' })
  })

  it('take a proxy page at submit as a doubt', async () => {
    const { submit } = await open()
    expect(await submit(video({ http_error: 502 }))).toMatchObject({ status: 'rejected', outcomeUnknown: true })
  })

  it('agree on a good credential and on a bad one', async () => {
    const { channel, send } = await open()
    expect(cloudsway.probed!(await send(cloudsway.probe!(channel)))).toBeNull()
    channel.credential = cloudsway.credential.parse('wrong')!
    expect(cloudsway.probed!(await send(cloudsway.probe!(channel)))).toMatchObject({ kind: 'auth' })
  })

  it.each([
    'auth',
    'permission',
    'misconfigured',
    'invalid_request',
    'content_policy',
    'rate_limit',
    'concurrency_limit',
    'insufficient_balance',
    'server'
  ])('read %s at submit', async fail => {
    const { submit } = await open()
    expect(await submit(video({ fail }))).toMatchObject({ status: 'rejected', failure: { kind: fail } })
  })

  it.each(['not_found', 'expired', 'cancelled', 'unknown', 'content_policy', 'server'])(
    'read %s at poll',
    async fail => {
      const { accept, poll, clock } = await open()
      const { operation } = await accept(video({ fail, fail_at: 'poll' }))
      expect(await poll(operation)).toMatchObject({ status: 'queued' })
      clock.now += 3000
      expect(await poll(operation)).toMatchObject({ status: 'failed', failure: { kind: fail } })
    }
  )

  it('read a code that is in no table as unknown', async () => {
    const { submit } = await open()
    const failed = await submit(video({ fail: 'unknown', fail_at: 'submit' }))
    expect(failed).toMatchObject({ status: 'rejected', failure: { kind: 'unknown', code: '9999' } })
  })
})
