import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { smallFilm } from './film.ts'

/** What the fake answers to a submit; `task` is what it made of it. */
export type SubmitAnswer =
  | 'accept'
  | 'drop after accept'
  | { status: number; body: unknown; headers?: Record<string, string> }

type PollAnswer = string | { status: number; body: unknown }

interface FakeTask {
  id: string
  externalId: string
  path: string
  body: Record<string, unknown>
  polls: number
}

/** The status word of a poll, or another answer; `polls` counts from 1. */
type OnPoll = (task: FakeTask) => PollAnswer | Promise<PollAnswer>

const succeedsLater: OnPoll = ({ polls }) => (polls > 1 ? 'succeed' : 'processing')

/**
 * A vendor that speaks Cloudsway's Kling wire over real HTTP and counts what it is asked. A submit with a known external id is a double submit.
 * Defaults: accepts at once, `processing` on the first poll, `succeed` from the second, one small file per task.
 */
export async function startFakeCloudsway({ onPoll = succeedsLater }: { onPoll?: OnPoll } = {}) {
  const tasks = new Map<string, FakeTask>()
  const submits: { externalId: string; body: Record<string, unknown>; headers: FastifyRequest['headers'] }[] = []
  const app = Fastify({ bodyLimit: 64 * 1024 * 1024, forceCloseConnections: true })
  let made = 0
  let running = 0
  let mostRunning = 0
  let aborted = 0

  const fake = {
    url: '',
    tasks,
    submits,
    video: smallFilm,
    /** how a submit is answered */
    onSubmit: (_body: Record<string, unknown>): SubmitAnswer | Promise<SubmitAnswer> => 'accept',
    /** how a poll is answered */
    onPoll,
    /** whether a lookup by external id finds what is there */
    onLookup: (): boolean => true,
    /** the failure text of a failed task */
    reason: 'the generation failed',
    duration: '5',
    fileStatus: 200,
    /** answers for a file instead of the usual one */
    onFile: undefined as ((request: FastifyRequest, reply: FastifyReply) => unknown) | undefined,
    /** tasks accepted and not yet reported as ended, at most */
    mostRunning: () => mostRunning,
    /** submits whose sender had gone before they were answered */
    aborted: () => aborted,
    /** a channel for this vendor, for POST /admin/channels */
    channel: (more: Record<string, unknown> = {}) => ({
      name: `fake-${Math.random().toString(36).slice(2)}`,
      vendor: 'cloudsway',
      base_url: fake.url,
      credential: 'fake-credential-canary',
      options: { endpoint_path: 'EP' },
      models: { 'kling-v1': 'kling-v1' },
      ...more
    }),
    close: () => app.close()
  }

  const data = (task: FakeTask, status: string) => ({
    task_id: task.id,
    task_status: status,
    task_status_msg: status === 'failed' ? fake.reason : '',
    task_info: { external_task_id: task.externalId },
    ...(status === 'succeed' && {
      task_result: {
        videos: [{ id: `v-${task.id}`, url: `${fake.url}/files/${task.id}.mp4`, duration: fake.duration }]
      }
    }),
    created_at: 1_722_769_557_708,
    updated_at: 1_722_769_557_708
  })

  for (const capability of ['text2video', 'image2video']) {
    const path = `/v1/ai/EP/kling/videos/${capability}`
    app.post<{ Body: Record<string, unknown> }>(path, async (request, reply) => {
      const { body } = request
      const externalId = String(body.external_task_id ?? '')
      submits.push({ externalId, body, headers: request.headers })
      const answer = await fake.onSubmit(body)
      if (request.raw.socket.destroyed) aborted++
      if (typeof answer === 'object')
        return reply
          .code(answer.status)
          .headers(answer.headers ?? {})
          .send(answer.body)
      if (externalId && [...tasks.values()].some(task => task.externalId === externalId)) {
        return reply.code(400).send({ code: 1201, message: 'external_task_id is not unique', request_id: 'r' })
      }
      const task: FakeTask = { id: `up-${++made}`, externalId, path, body, polls: 0 }
      tasks.set(task.id, task)
      mostRunning = Math.max(mostRunning, ++running)
      if (answer === 'drop after accept') return void request.raw.socket.destroy()
      return { code: 0, message: 'SUCCEED', request_id: 'r', data: data(task, 'submitted') }
    })
    app.get<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
      const { id } = request.params
      const looked = [...tasks.values()].find(({ externalId }) => externalId === id)
      const task = tasks.get(id) ?? (looked && fake.onLookup() ? looked : undefined)
      if (!task) return reply.code(404).send({ code: 1203, message: 'task not found', request_id: 'r' })
      task.polls++
      const answer = await fake.onPoll(task)
      if (typeof answer === 'object') return reply.code(answer.status).send(answer.body)
      if (answer === 'succeed' || answer === 'failed') running--
      return { code: 0, message: 'SUCCEED', request_id: 'r', data: data(task, answer) }
    })
  }

  app.get<{ Params: { file: string } }>('/files/:file', async (request, reply) => {
    if (fake.onFile) return fake.onFile(request, reply)
    if (fake.fileStatus !== 200) return reply.code(fake.fileStatus).send('gone')
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    reply
      .type('video/mp4')
      .header('accept-ranges', 'bytes')
      .header('etag', '"vendor"')
      .header('set-cookie', 'vendor=1')
      .header('x-vendor-secret', 'no')
    if (from === undefined) return smallFilm
    const start = Number(from)
    const end = Math.min(to ? Number(to) : smallFilm.length - 1, smallFilm.length - 1)
    if (start >= smallFilm.length) return reply.code(416).header('content-range', `bytes */${smallFilm.length}`).send()
    return reply
      .code(206)
      .header('content-range', `bytes ${start}-${end}/${smallFilm.length}`)
      .send(smallFilm.subarray(start, end + 1))
  })

  fake.url = await app.listen({ host: '127.0.0.1', port: 0 })
  return fake
}

export type FakeCloudsway = Awaited<ReturnType<typeof startFakeCloudsway>>
