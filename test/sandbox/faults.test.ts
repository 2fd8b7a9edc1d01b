import { describe, expect, it } from 'vitest'
import { failures } from '../../src/sandbox/failures.ts'
import { failureKinds } from '../../src/vendors/vendor.ts'
import { begin, openSandbox } from './client.ts'

describe('fail', () => {
  // kling.md §5 and cloudsway.md §5
  it.each([
    ['auth', 401, 1002],
    ['permission', 403, 1103],
    ['misconfigured', 400, undefined],
    ['invalid_request', 400, 1201],
    ['content_policy', 400, 1301],
    ['rate_limit', 429, 1302],
    ['concurrency_limit', 429, 1303],
    ['insufficient_balance', 429, 1102],
    ['server', 500, 5000]
  ])('%s is %i with code %s at submit, and nothing is accepted', async (fail, status, code) => {
    const { submit, call } = await openSandbox()
    const reply = await submit({ external_task_id: 'att_1', sandbox: { fail } })
    expect(reply.status).toBe(status)
    expect(reply.code).toBe(code)
    expect((await call('/text2video')).data).toHaveLength(0)
    expect(await submit({ external_task_id: 'att_1' })).toMatchObject({ status: 200 })
  })

  it.each(['expired', 'cancelled', 'unknown'] as const)('%s is a failed task with its reason in words', async fail => {
    const { submit, poll, clock } = await openSandbox()
    const id = (await submit({ sandbox: { fail } })).data!.task_id
    clock.now += 2999
    expect((await poll(id)).data).toMatchObject({ task_status: 'processing' })
    clock.now += 1
    const { status, code, data } = await poll(id)
    expect({ status, code }).toEqual({ status: 200, code: 0 })
    expect(data).toMatchObject({ task_status: 'failed', task_status_msg: failures[fail].reason })
    expect(data).not.toHaveProperty('task_result')
  })

  it('not_found runs first and is gone then', async () => {
    const { submit, poll, clock } = await openSandbox()
    const id = (await submit({ sandbox: { fail: 'not_found' } })).data!.task_id
    expect(await poll(id)).toMatchObject({ status: 200 })
    clock.now += 3000
    expect(await poll(id)).toMatchObject({ status: 404, code: 1203 })
  })

  it('fail_at moves a failure to the poll or to the submit', async () => {
    const { submit, poll, clock } = await openSandbox()
    const late = await submit({ sandbox: { fail: 'content_policy', fail_at: 'poll' } })
    clock.now += 3000
    expect((await poll(late.data!.task_id)).data).toMatchObject({
      task_status: 'failed',
      task_status_msg: 'Failure to pass the risk control system'
    })
    expect(await submit({ sandbox: { fail: 'not_found', fail_at: 'submit' } })).toMatchObject({
      status: 404,
      code: 1203
    })
  })

  it('takes every kind there is', async () => {
    const { submit } = await openSandbox()
    for (const fail of failureKinds) expect((await submit({ sandbox: { fail, fail_at: 'poll' } })).status).toBe(200)
  })
})

describe('time', () => {
  it('duration_ms sets how long a video takes', async () => {
    const { submit, poll, clock } = await openSandbox()
    const slow = (await submit({ sandbox: { duration_ms: 60_000 } })).data!.task_id
    const fast = (await submit({ sandbox: { duration_ms: '0' } })).data!.task_id
    expect((await poll(fast)).data).toMatchObject({ task_status: 'succeed', updated_at: begin })
    clock.now += 59_999
    expect((await poll(slow)).data).toMatchObject({ task_status: 'processing' })
    clock.now += 1
    expect((await poll(slow)).data).toMatchObject({ task_status: 'succeed' })
  })

  it('latency_ms holds the answer back while the task is already there', async () => {
    const waiting = Promise.withResolvers<number>()
    const release = Promise.withResolvers<void>()
    const { submit, poll } = await openSandbox({
      wait: async milliseconds => {
        waiting.resolve(milliseconds)
        await release.promise
      }
    })
    let answered = false
    const answer = submit({ external_task_id: 'att_1', sandbox: { latency_ms: 4000 } }).finally(() => (answered = true))
    expect(await waiting.promise).toBe(4000)
    expect(await poll('att_1')).toMatchObject({ status: 200 })
    expect(answered).toBe(false)
    release.resolve()
    expect(await answer).toMatchObject({ status: 200 })
  })

  it('closes at once although an answer is being held back', async () => {
    const waiting = Promise.withResolvers<void>()
    const logged = () => waiting.resolve()
    const { submit, close } = await openSandbox({ log: { info: logged } })
    const answer = submit({ sandbox: { latency_ms: 600_000 } }).then(
      reply => reply.status,
      () => 'cut'
    )
    await waiting.promise
    await close()
    expect(['cut', 500]).toContain(await answer)
  })
})

describe('statuses', () => {
  it('gives one word a poll and stays at the last', async () => {
    const { submit, poll, clock } = await openSandbox()
    const statuses = ['submitted', 'processing', 'weird', 'succeed']
    const id = (await submit({ sandbox: { statuses } })).data!.task_id
    clock.now += 3_600_000
    const words = []
    for (let i = 0; i < 6; i++) words.push((await poll(id)).data!.task_status)
    expect(words).toEqual([...statuses, 'succeed', 'succeed'])
    const { url } = (await poll(id)).data!.task_result!.videos[0]!
    expect((await fetch(url)).status).toBe(200)
  })

  it('fails with the reason of fail', async () => {
    const { submit, poll } = await openSandbox()
    const sandbox = { statuses: ['failed'], fail: 'insufficient_balance', fail_at: 'poll' }
    const id = (await submit({ sandbox })).data!.task_id
    expect((await poll(id)).data).toMatchObject({
      task_status: 'failed',
      task_status_msg: 'Account balance not enough'
    })
  })
})

describe('HTTP errors', () => {
  it('http_error answers as a proxy would, and nothing is accepted', async () => {
    const { submit, call } = await openSandbox()
    const reply = await submit({ sandbox: { http_error: 502 } })
    expect(reply).toMatchObject({ status: 502, type: expect.stringContaining('text/html') })
    expect(reply.text).toMatch(/^<html>.*502/)
    expect((await call('/text2video')).data).toHaveLength(0)
  })

  it('poll_http_error spoils the first polls and counts no status for them', async () => {
    const { submit, poll } = await openSandbox()
    const sandbox = { poll_http_error: 503, poll_errors: 2, statuses: ['processing', 'succeed'] }
    const id = (await submit({ sandbox })).data!.task_id
    for (let i = 0; i < 2; i++)
      expect(await poll(id)).toMatchObject({ status: 503, type: expect.stringContaining('html') })
    expect((await poll(id)).data!.task_status).toBe('processing')
    expect((await poll(id)).data!.task_status).toBe('succeed')
  })

  it('poll_http_error alone spoils one poll', async () => {
    const { submit, poll } = await openSandbox()
    const id = (await submit({ sandbox: { poll_http_error: 500 } })).data!.task_id
    expect((await poll(id)).status).toBe(500)
    expect((await poll(id)).status).toBe(200)
  })
})

describe('lost_answer', () => {
  it.each([true, 'true'])('%j accepts the task and cuts the line', async lost_answer => {
    const { submit, poll, call } = await openSandbox()
    await expect(submit({ external_task_id: 'att_1', sandbox: { lost_answer } })).rejects.toThrow('fetch failed')
    expect(await poll('att_1')).toMatchObject({ status: 200, data: { task_info: { external_task_id: 'att_1' } } })
    expect((await call('/text2video')).data).toHaveLength(1)
  })

  it('with http_error accepts the task and answers as a proxy that lost its backend', async () => {
    const { submit, poll } = await openSandbox()
    const reply = await submit({ external_task_id: 'att_1', sandbox: { lost_answer: true, http_error: 504 } })
    expect(reply).toMatchObject({ status: 504, type: expect.stringContaining('text/html') })
    expect(await poll('att_1')).toMatchObject({ status: 200 })
  })
})

describe('a fault that cannot be', () => {
  it.each([
    [{ latency: 1 }, 'sandbox.latency'],
    [{ latency_ms: -1 }, 'sandbox.latency_ms'],
    [{ duration_ms: 'soon' }, 'sandbox.duration_ms'],
    [{ statuses: [] }, 'sandbox.statuses'],
    [{ statuses: ['succeed', 7] }, 'sandbox.statuses.1'],
    [{ fail: 'meteor' }, 'sandbox.fail'],
    [{ fail_at: 'poll' }, 'sandbox.fail_at'],
    [{ fail: 'expired', fail_at: 'submit' }, 'sandbox.fail_at'],
    [{ http_error: 200 }, 'sandbox.http_error'],
    [{ poll_errors: 2 }, 'sandbox.poll_errors'],
    [{ lost_answer: 'perhaps' }, 'sandbox.lost_answer']
  ])('%j is 400, code 1201 and names %s', async (sandbox, field) => {
    const { submit, call } = await openSandbox()
    const reply = await submit({ sandbox })
    expect(reply).toMatchObject({ status: 400, code: 1201 })
    expect(reply.message).toContain(`Invalid parameter ${field}: `)
    expect((await call('/text2video')).data).toHaveLength(0)
  })
})
