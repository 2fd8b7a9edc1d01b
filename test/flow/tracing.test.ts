import { describe, expect, test } from 'vitest'
import { attributeOf, startCollector } from '../support/collector.ts'
import { freshUrl, kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { makeFolder } from '../support/folder.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const clientSpan = '00f067aa0ba902b7'
const header = (flags = '01') => ({ traceparent: `00-${trace}-${clientSpan}-${flags}` })
const collector = forEachTest(startCollector)
const vendor = forEachTest(startFakeCloudsway)
const folder = forEachTest(() => makeFolder('tracing'))

const start = (env: Record<string, string> = {}, onLog?: (line: string) => void) =>
  startTestServer({
    env: { DATA_DIR: folder.path, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ARCHIVE_URL: '', ...env },
    ...(onLog && { onLog })
  })

describe.each(kinds)('on %s', kind => {
  const database = forEachTest(() => freshUrl(kind))

  test('one trace from the POST to the archive, over a restart', { timeout: 60_000 }, async () => {
    const lines: string[] = []
    const env = { DATABASE_URL: database.url }
    const before = await start(env, line => lines.push(line))
    await before.newChannel(vendor.channel({ name: 'main' }))
    vendor.onPoll = () => 'processing'
    const id = await before.newVideo({}, { headers: header() })
    await before.advance(10_000)
    await before.close()
    vendor.onPoll = () => 'succeed'
    const after = await start(env)
    await after.finished(id)
    await after.services.archiver?.tick()
    await after.close()

    const { spans } = collector
    const [request, submit, task, archive] = ['POST /v1/videos', 'submit', 'generate_content', 'archive'].map(name => {
      const found = collector.named(name)
      expect(found, name).toHaveLength(1)
      return found[0]!
    })
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([trace]))
    expect(request).toMatchObject({ parentSpanId: clientSpan, kind: 2, status: {} })
    expect(attributeOf(request!, 'http.response.status_code')).toBe(200)
    expect(task).toMatchObject({ name: 'generate_content kling-v1', parentSpanId: request!.spanId, status: {} })
    expect(attributeOf(task!, 'gen_ai.output.type')).toBe('video')
    expect(attributeOf(task!, 'reelay.channel')).toBe('main')
    expect(submit).toMatchObject({ name: 'submit cloudsway', parentSpanId: task!.spanId, kind: 3 })
    expect(attributeOf(submit!, 'server.address')).toBe('127.0.0.1')
    expect(archive).toMatchObject({ parentSpanId: task!.spanId, status: {} })
    expect(attributeOf(archive!, 'reelay.bytes')).toBe(vendor.video.length)
    // polls of both processes
    expect(collector.named('poll').length).toBeGreaterThan(1)
    for (const poll of collector.named('poll')) expect(poll.parentSpanId).toBe(task!.spanId)
    for (const { startTimeUnixNano, endTimeUnixNano } of spans)
      expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano))
    // the vendor is told of the very call, and the log names the trace
    expect(vendor.submits[0]!.headers.traceparent).toBe(`00-${trace}-${submit!.spanId}-01`)
    expect(lines.find(line => line.includes('task submitted'))).toContain(`"trace":"${trace}"`)
  })
})

test('without a client’s trace it begins one; a failure is an error of its spans; nothing of the request is in them', async () => {
  const server = await start({
    OTEL_SERVICE_NAME: 'films',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key,x-team=a'
  })
  await server.newChannel(vendor.channel({ name: 'main' }))
  vendor.onSubmit = () => ({ status: 400, body: { code: 1201, message: 'The size is wrong: canary.' } })
  const fields = { model: 'kling-v1', prompt: 'prompt-canary', user: 'user-canary' }
  expect((await server.call('POST', '/v1/videos', fields, { headers: { traceparent: 'nonsense' } })).status).toBe(400)
  await server.close()
  const [submit] = collector.named('submit')
  const [task] = collector.named('generate_content')
  expect(submit!.status).toEqual({ code: 2, message: 'HTTP 400' })
  expect(task!.status).toEqual({ code: 2, message: 'invalid_request' })
  expect(task!.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(collector.named('POST')[0]).not.toHaveProperty('parentSpanId')
  expect(JSON.stringify(collector.spans)).not.toContain('canary')
  expect(collector.posts[0]).toMatchObject({
    service: 'films',
    headers: { authorization: 'Bearer collector-key', 'x-team': 'a' }
  })
})

test('what its client does not sample is not traced, nor is anything without a collector', async () => {
  const server = await start()
  await server.newChannel(vendor.channel({ name: 'main' }))
  await server.finished(await server.newVideo({}, { headers: header('00') }))
  await server.close()
  const off = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })
  await off.finished(await off.newVideo({}, { headers: header() }))
  await off.close()
  expect(collector.spans).toEqual([])
  expect(vendor.submits.map(({ headers }) => headers.traceparent)).toEqual([undefined, undefined])
})

test('a collector that is away delays nothing and loses nothing', async () => {
  const lines: string[] = []
  const server = await start({}, line => lines.push(line))
  await server.newChannel(vendor.channel({ name: 'main' }))
  collector.status = 503
  await server.finished(await server.newVideo())
  await server.services.journal.done()
  await server.services.tracing!.flush()
  await server.services.tracing!.flush()
  expect(collector.spans).toEqual([])
  expect(lines.filter(line => line.includes('traces not sent'))).toHaveLength(1)
  collector.status = 200
  await server.services.tracing!.flush()
  expect(collector.named('generate_content')).toHaveLength(1)
  await server.close()
})
