import { Readable } from 'node:stream'
import type { Exchange } from '../../src/upstream/exchange.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer, HttpRequest } from '../../src/vendors/vendor.ts'

/* A vendor that lives inside the simulation: Cloudsway's wire without the network, and every kind of trouble. */

export const submitFaults = [
  'accept',
  'accept, answer lost',
  'accept, then 502',
  'accept, then nonsense',
  'lost on the way',
  'not sent',
  '500 and not taken',
  '504 and not taken',
  'rate limit',
  'concurrency limit',
  'maintenance',
  'bad request',
  'content policy',
  'node dies before it arrives',
  'node dies after it arrived'
] as const

export const pollFaults = [
  'answer',
  'silence',
  'server error',
  'not found',
  'nonsense',
  'unknown word',
  'node dies'
] as const

interface Job {
  id: string
  reference: string
  polls: number
  /** polls until it ends */
  length: number
  ends: 'succeed' | 'failed'
}

/** A weighted choice: the first is as likely as all others together. */
function choose<Choice>(random: () => number, choices: readonly Choice[], calm: number): Choice {
  return random() < calm ? choices[0]! : choices[Math.floor(random() * choices.length)]!
}

export function createSimulatedVendor(random: () => number, calm: number) {
  const jobs = new Map<string, Job>()
  const counts: Record<string, number> = {}
  /** what must never be: a second job for the same submit */
  const twins: string[] = []
  const count = (name: string) => (counts[name] = (counts[name] ?? 0) + 1)

  function accept(request: HttpRequest): HttpAnswer {
    const { json } = request.body as { json: { external_task_id: string } }
    const reference = json.external_task_id
    // the real vendor refuses the twin of an external id
    if ([...jobs.values()].some(job => job.reference === reference))
      return answer(400, { code: 1201, message: 'external_task_id exists' })
    const job: Job = {
      id: `job-${jobs.size + 1}`,
      reference,
      polls: 0,
      length: 1 + Math.floor(random() * 3),
      ends: random() < 0.85 ? 'succeed' : 'failed'
    }
    jobs.set(job.id, job)
    return answer(200, {
      code: 0,
      data: { task_id: job.id, task_status: 'submitted', task_info: { external_task_id: reference } }
    })
  }

  const answer = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, body })
  const never = () => new Promise<never>(() => {})

  function submit(request: HttpRequest, die: () => void): Promise<HttpAnswer> | HttpAnswer {
    const fault = choose(random, submitFaults, calm)
    count(`submit: ${fault}`)
    switch (fault) {
      case 'accept':
        return accept(request)
      case 'accept, answer lost':
        accept(request)
        throw new UpstreamError('silence', { sent: true })
      case 'accept, then 502':
        accept(request)
        return answer(502, '<html>')
      case 'accept, then nonsense':
        accept(request)
        return answer(200, [])
      case 'lost on the way':
        throw new UpstreamError('silence', { sent: true })
      case 'not sent':
        throw new UpstreamError('refused', { sent: false })
      case '500 and not taken':
        return answer(500, { code: 5000, message: 'internal' })
      case '504 and not taken':
        return answer(504, '')
      case 'rate limit':
        return answer(429, { code: 1302, message: 'slow down' })
      case 'concurrency limit':
        return answer(429, { code: 1303, message: 'parallel task over resource pack limit' })
      case 'maintenance':
        return answer(503, { code: 5001, message: 'maintenance' })
      case 'bad request':
        return answer(400, { code: 1201, message: 'no' })
      case 'content policy':
        return answer(400, { code: 1301, message: 'no' })
      case 'node dies before it arrives':
        die()
        return never()
      case 'node dies after it arrived':
        accept(request)
        die()
        return never()
    }
  }

  function ask(request: HttpRequest, die: () => void): Promise<HttpAnswer> | HttpAnswer {
    const fault = choose(random, pollFaults, calm)
    count(`poll: ${fault}`)
    const id = decodeURIComponent(request.path.split('/').at(-1)!)
    const job = jobs.get(id) ?? [...jobs.values()].find(({ reference }) => reference === id)
    switch (fault) {
      case 'silence':
        throw new UpstreamError('silence', { sent: true })
      case 'server error':
        return answer(500, '')
      case 'nonsense':
        return answer(200, { code: 0, data: 'what' })
      case 'node dies':
        die()
        return never()
      case 'not found':
        // a lookup after the settle window is believed: only a poll may be told so, for a moment
        if (!job || job.polls > 0 || !request.path.endsWith(job.id)) break
        return answer(404, { code: 1203, message: 'task not found' })
      case 'answer':
      case 'unknown word':
        break
    }
    if (!job) return answer(404, { code: 1203, message: 'task not found' })
    if (request.path.endsWith(job.id)) job.polls++
    const status = fault === 'unknown word' ? 'contemplating' : job.polls > job.length ? job.ends : 'processing'
    return answer(200, {
      code: 0,
      data: {
        task_id: job.id,
        task_status: status,
        task_status_msg: status === 'failed' ? 'broken' : '',
        task_info: { external_task_id: job.reference },
        ...(status === 'succeed' && {
          task_result: { videos: [{ id: 'v', url: 'https://cdn.test/v.mp4', duration: '5' }] }
        })
      }
    })
  }

  return {
    jobs,
    counts,
    twins,

    /** The way out of one node; `die` is called where the process would end. */
    exchangeFor: (die: () => void): Exchange => ({
      submit: async (_vendor, _config, request) => submit(request, die),
      ask: async (_vendor, _config, request) => ask(request, die),
      fetch: async () => ({}),
      open: async () => ({ ok: true, status: 200, headers: {}, body: Readable.from([]) })
    })
  }
}

export type SimulatedVendor = ReturnType<typeof createSimulatedVendor>
