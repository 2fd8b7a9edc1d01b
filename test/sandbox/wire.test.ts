import { describe, expect, it } from 'vitest'
import { begin, openSandbox } from './client.ts'

// documents/cloudsway-maas-kl.txt
describe('submit', () => {
  it('answers in the shape of the document', async () => {
    const { submit } = await openSandbox()
    const reply = await submit({ model_name: 'kling-v1', external_task_id: 'att_1' })
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.text)).toEqual({
      code: 0,
      message: 'SUCCEED',
      request_id: expect.stringMatching(/.+/),
      data: {
        task_id: expect.stringMatching(/^\d{18}$/),
        task_info: { external_task_id: 'att_1' },
        task_status: 'submitted',
        created_at: begin,
        updated_at: begin
      }
    })
  })

  it.each(['kling-v2-master', 'jimeng_vgfm_t2v_l20', 'viduq1', 'sora-2', 'anything'])('serves %s', async model_name => {
    const { submit } = await openSandbox()
    expect(await submit({ model_name })).toMatchObject({ status: 200, code: 0 })
  })

  it.each([
    [{ prompt: undefined }, 'text2video', 'prompt'],
    [{}, 'image2video', 'image'],
    [{ duration: '61' }, 'text2video', 'duration'],
    [{ duration: '0' }, 'text2video', 'duration'],
    [{ duration: 2.5 }, 'text2video', 'duration'],
    [{ duration: 'five' }, 'text2video', 'duration'],
    [{ aspect_ratio: '4:3' }, 'text2video', 'aspect_ratio'],
    [{ external_task_id: 7 }, 'text2video', 'external_task_id'],
    [{ sandbox: 'slow' }, 'text2video', 'sandbox']
  ])('%j to %s is 400, code 1201 and names %s', async (body, capability, field) => {
    const { submit } = await openSandbox()
    const reply = await submit(body, capability)
    expect(reply).toMatchObject({ status: 400, code: 1201 })
    expect(reply.message).toMatch(new RegExp(`^Invalid parameter ${field}: `))
  })

  it('refuses a body that is no JSON in the same envelope', async () => {
    const { call } = await openSandbox()
    const headers = { 'content-type': 'application/json' }
    expect(await call('/text2video', { method: 'POST', headers, body: '{' })).toMatchObject({ status: 400, code: 1201 })
  })

  it('makes one task of an external id, whatever it is sent to', async () => {
    const { submit, call } = await openSandbox()
    await submit({ external_task_id: 'att_1' })
    const again = await submit({ external_task_id: 'att_1' })
    expect(again).toMatchObject({ status: 400, code: 1201 })
    expect(again.message).toContain('external_task_id')
    const other = await submit({ external_task_id: 'att_1', image: 'https://example.com/a.png' }, 'image2video')
    expect(other).toMatchObject({ status: 400, code: 1201 })
    expect((await call('/text2video')).data).toHaveLength(1)
    expect((await call('/image2video')).data).toHaveLength(0)
  })

  it('takes the empty external id as none', async () => {
    const { submit, call } = await openSandbox()
    await submit({ external_task_id: '' })
    expect(await submit({ external_task_id: '' })).toMatchObject({
      status: 200,
      data: { task_info: { external_task_id: '' } }
    })
    expect((await call('/text2video')).data).toHaveLength(2)
  })
})

describe('authorization', () => {
  it.each([
    ['', 1001],
    ['Bearer wrong', 1002],
    [`Bearer ${'x'.repeat(43)}`, 1002]
  ])('%j is 401 with code %i on every API path', async (authorization, code) => {
    const { call, submit } = await openSandbox()
    const { data } = await submit({})
    const headers = { authorization }
    for (const path of ['/text2video', '/image2video', `/text2video/${data!.task_id}`])
      expect(await call(path, { headers })).toMatchObject({ status: 401, code })
    expect(await call('/text2video', { method: 'POST', headers, body: '{}' })).toMatchObject({ status: 401, code })
  })

  it('has another credential at every start', async () => {
    const [one, other] = [await openSandbox(), await openSandbox()]
    expect(one.credential).not.toBe(other.credential)
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })
})

describe('query', () => {
  it('goes from submitted to processing to succeed in three seconds', async () => {
    const { submit, poll, clock, url } = await openSandbox()
    const id = (await submit({ external_task_id: 'att_1', duration: '10' })).data!.task_id
    clock.now = begin + 999
    expect((await poll(id)).data).toMatchObject({ task_status: 'submitted', updated_at: begin })
    clock.now = begin + 1000
    expect((await poll(id)).data).toMatchObject({ task_status: 'processing', updated_at: begin + 1000 })
    clock.now = begin + 2999
    expect((await poll(id)).data).not.toHaveProperty('task_result')
    clock.now = begin + 5000
    expect(JSON.parse((await poll(id)).text)).toEqual({
      code: 0,
      message: 'SUCCEED',
      request_id: expect.stringMatching(/.+/),
      data: {
        task_id: id,
        task_status: 'succeed',
        task_status_msg: '',
        task_info: { external_task_id: 'att_1' },
        task_result: {
          videos: [
            {
              id: `${id}-1`,
              url: expect.stringMatching(new RegExp(`^${url}/files/${id}/[\\w-]{32}\\.mp4$`)),
              duration: '10',
              cover_url: expect.stringMatching(new RegExp(`^${url}/files/${id}/[\\w-]{32}-cover\\.webp$`)),
              sheet_url: expect.stringMatching(new RegExp(`^${url}/files/${id}/[\\w-]{32}-sheet\\.webp$`))
            }
          ]
        },
        created_at: begin,
        updated_at: begin + 3000
      }
    })
  })

  it('finds a task by the external id too', async () => {
    const { submit, poll } = await openSandbox()
    const { data } = await submit({ external_task_id: `video/att ${'1'.repeat(120)}` })
    const reply = await poll(encodeURIComponent(data!.task_info.external_task_id))
    expect(reply).toMatchObject({ status: 200, data: { task_id: data!.task_id } })
  })

  it('knows a task only under its own capability', async () => {
    const { submit, poll } = await openSandbox()
    const { data } = await submit({ image: 'https://example.com/a.png' }, 'image2video')
    expect(await poll(data!.task_id, 'image2video')).toMatchObject({ status: 200 })
    expect(await poll(data!.task_id, 'text2video')).toMatchObject({ status: 404, code: 1203 })
  })

  it('answers 404 with code 1203 for an unknown id and an unknown path', async () => {
    const { poll, call } = await openSandbox()
    expect(await poll('att_unknown')).toMatchObject({ status: 404, code: 1203 })
    expect(await call('/lip-sync')).toMatchObject({ status: 404, code: 1203 })
  })

  it('lists in pages, newest first', async () => {
    const { submit, call } = await openSandbox()
    for (const external_task_id of ['a', 'b', 'c']) await submit({ external_task_id })
    const names = (text: string) =>
      (JSON.parse(text) as { data: { task_info: { external_task_id: string } }[] }).data.map(
        t => t.task_info.external_task_id
      )
    expect(names((await call('/text2video?pageNum=1&pageSize=2')).text)).toEqual(['c', 'b'])
    expect(names((await call('/text2video?pageNum=2&pageSize=2')).text)).toEqual(['a'])
    expect(await call('/text2video?pageSize=501')).toMatchObject({ status: 400, code: 1201 })
  })
})
