import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ADMIN_KEY } from '../support/environment.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { declarationsIn, openPage, readDocument } from './examples.ts'

describe.each([
  ['video-api-usage-examples.88api', '88API', 'newapi'],
  ['video-api-usage-examples.zhaotou', '兆投算力', '兆投算力']
] as const)('the JavaScript of %s', (name, brand, format) => {
  const server = forAllTests(() => startTestServer({ env: { SANDBOX: 'auto' } }))
  const member = forAllTests(() => server.newKey())
  let declarations: Map<string, string>
  let page: ReturnType<typeof openPage>

  beforeAll(() => {
    declarations = declarationsIn(readDocument(name, { url: server.url, key: member.key }))
  })
  beforeEach(() => {
    page = openPage(declarations, { sleep: server.advance, now: server.now })
  })

  const client = (secret = member.key) => `new VideoAPIClient('${secret}', '${server.url}')`
  const failing = `{ model: 'kling-v1', prompt: 'x', metadata: { sandbox: { fail: 'content_policy', fail_at: 'poll' } } }`

  test('all of it was found', () => {
    expect([...declarations.keys()]).toEqual([
      `generateVideoWith${brand}`,
      'pollVideoStatus',
      'downloadVideo',
      'completeVideoWorkflow',
      'generateVideoWithOpenAIFormat',
      'pollVideoStatusOpenAI',
      'VideoAPIClient',
      'VideoAPIError',
      'exampleUsage',
      'VideoGenerationManager',
      'VideoCache',
      'VideoAPIMonitor'
    ])
  })

  test('complete workflow: made, polled to succeeded, downloaded and saved', async () => {
    await page.run('completeVideoWorkflow()')
    expect(page.errors).toEqual([])
    expect(page.logs.at(-1)).toEqual(['Video download complete'])
    const [, id] = page.logs.find(([what]) => what === 'Task ID:')!
    const [, url] = page.logs.find(([what]) => what === 'Video generation complete:')!
    expect(page.saved).toMatchObject([{ name: `video_${id}.mp4`, blob: { type: 'video/mp4' } }])
    const bytes = Buffer.from(await page.saved[0]!.blob.arrayBuffer())
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp')
    // the address in the object needs no header
    const linked = await fetch(String(url))
    expect(Buffer.from(await linked.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('OpenAI format workflow: made as sora-2, polled to the same word', async () => {
    const id = await page.run('generateVideoWithOpenAIFormat()')
    expect(await page.run(`pollVideoStatusOpenAI('${id}')`)).toMatchObject({
      id,
      task_id: id,
      object: 'video',
      model: 'sora-2',
      status: 'succeeded',
      progress: 100,
      // they ask for 5 seconds in 1080p, which Sora does not make
      seconds: '4',
      size: '1280x720',
      url: expect.stringContaining(server.url),
      error: null
    })
    expect(page.errors).toEqual([])
  })

  test.each(['pollVideoStatus', 'pollVideoStatusOpenAI'])('%s of a failed video throws its reason', async poll => {
    const { task_id: id } = await page.run(`${client()}.generateVideo(${failing})`)
    await expect(page.run(`${poll}('${id}')`)).rejects.toThrow(/^Video generation failed: .*risk control/)
  })

  test('VideoAPIClient: its own example runs to the end', async () => {
    await page.run('exampleUsage()')
    expect(page.errors).toEqual([])
    expect(page.logs).toEqual([
      ['Task creation successful:', expect.stringMatching(/^video_/)],
      ['Video generation complete:', expect.stringMatching(/^http/)],
      ['Video size:', expect.any(Number)]
    ])
    expect(page.logs[2]![1]).toBeGreaterThan(1000)
  })

  test.each([format, 'openai'])('VideoAPIClient: make, poll and download in the format %s', async used => {
    const { task_id: id, id: same } = await page.run(
      `${client()}.generateVideo({ model: 'kling-v1', prompt: 'x', seconds: '5' }, '${used}')`
    )
    expect(same).toBe(id)
    expect(await page.run(`${client()}.pollStatus('${id}', '${used}')`)).toMatchObject({ id, status: 'succeeded' })
    expect(await page.run(`${client()}.downloadVideo('${id}')`)).toMatchObject({ type: 'video/mp4' })
  })

  test.each([
    ['a wrong key', (good: string) => `${client('sk-wrong')}.generateVideo(${good})`, 401, 'invalid_api_key', null],
    ['no prompt', () => `${client()}.generateVideo({ model: 'kling-v1' })`, 400, 'invalid_request', 'prompt'],
    [
      'an unknown model',
      () => `${client()}.generateVideo({ model: 'no', prompt: 'x' })`,
      404,
      'model_not_found',
      'model'
    ],
    ['an unknown id', () => `${client()}.pollStatus('no')`, 404, 'video_not_found', 'id'],
    ['a download of nothing', () => `${client()}.downloadVideo('no')`, 404, 'video_not_found', 'id']
  ])('VideoAPIClient: %s is a VideoAPIError with what the server said', async (_what, call, status, code, param) => {
    const error = await page.run(call(`{ model: 'kling-v1', prompt: 'x' }`)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'VideoAPIError', status, data: { code, param, error: { code, param } } })
    expect(error.message).toBe(error.data.message)
    expect(error.message).not.toBe('Unknown error')
  })

  test('VideoAPIClient: a failed video is a VideoAPIError at once; a download too early is a 400', async () => {
    const { task_id: id } = await page.run(`${client()}.generateVideo(${failing})`)
    await expect(page.run(`${client()}.downloadVideo('${id}')`)).rejects.toMatchObject({
      status: 400,
      data: { code: 'video_not_ready' }
    })
    await expect(page.run(`${client()}.pollStatus('${id}')`)).rejects.toMatchObject({
      name: 'VideoAPIError',
      status: 400,
      message: expect.stringContaining('risk control')
    })
  })

  test.each([3, 6])('VideoGenerationManager: 6 videos, maxConcurrent %i, never more at once', async most => {
    const vendor = await startFakeCloudsway()
    const other = await startTestServer({ channel: vendor.channel() })
    try {
      const watched = openPage(declarations, { sleep: other.advance, now: other.now })
      const made = await watched.run(`{
        const manager = new VideoGenerationManager(new VideoAPIClient('${ADMIN_KEY}', '${other.url}'), ${most})
        Promise.all([1, 2, 3, 4, 5, 6].map(n => manager.generateVideo({ model: 'kling-v1', prompt: 'number ' + n })))
      }`)
      expect(made.map(({ prompt, status }: Record<string, unknown>) => `${prompt} ${status}`)).toEqual(
        [1, 2, 3, 4, 5, 6].map(n => `number ${n} succeeded`)
      )
      expect(vendor.submits).toHaveLength(6)
      expect(vendor.mostRunning()).toBe(most)
      expect(watched.errors).toEqual([])
    } finally {
      await other.close()
      await vendor.close()
    }
  })

  test('VideoGenerationManager: a refused video rejects alone, the others go on', async () => {
    const outcomes = await page.run(`{
      const manager = new VideoGenerationManager(${client()})
      const wanted = [{ model: 'kling-v1', prompt: 'a' }, { model: 'kling-v1' }, { model: 'kling-v1', prompt: 'c' }]
      Promise.allSettled(wanted.map(params => manager.generateVideo(params)))
    }`)
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected' }, { status: 'fulfilled' }])
    expect(outcomes[1].reason).toMatchObject({ status: 400, data: { param: 'prompt' } })
  })

  test('VideoCache: a finished object comes back whole until its time is over', async () => {
    const params = `{ model: 'kling-v1', prompt: 'cached' }`
    page.run('globalThis.cache = new VideoCache()')
    expect(page.run(`cache.get(${params})`)).toBeNull()
    const { task_id: id } = await page.run(`${client()}.generateVideo(${params})`)
    await page.run(`${client()}.pollStatus('${id}').then(result => cache.set(${params}, result))`)
    expect(page.run(`cache.get(${params})`)).toMatchObject({ id, status: 'succeeded' })
    await server.advance(3_600_000)
    expect(page.run(`cache.get(${params})`)).toBeNull()
  })

  test('VideoAPIMonitor: counts what succeeded and what failed, by the name of the error', async () => {
    page.run('globalThis.monitor = new VideoAPIMonitor()')
    await page.run(`monitor.measureTime(() => ${client()}.generateVideo({ model: 'kling-v1', prompt: 'x' }))`)
    await expect(
      page.run(`monitor.measureTime(() => ${client()}.generateVideo({ model: 'kling-v1' }))`)
    ).rejects.toMatchObject({ status: 400 })
    const metrics = page.run('monitor.getMetrics()')
    expect(metrics).toMatchObject({ totalRequests: 2, successfulRequests: 1, failedRequests: 1, successRate: 0.5 })
    expect([...metrics.errorTypes]).toEqual([['VideoAPIError', 1]])
  })
})
