import { UpstreamError } from '../../src/upstream/upstream-error.ts'
import type { HttpAnswer, HttpRequest } from '../../src/vendors/vendor.ts'

/* A vendor that lives inside the simulation: Cloudsway's wire without the network, two accounts, and every kind of trouble. */

const submitFaults = [
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
  'slow',
  'slow on the way',
  'node dies before it arrives',
  'node dies after it arrived',
  'node sleeps before it sends',
  'node sleeps before it arrives',
  'node sleeps after it arrived'
] as const

const pollFaults = [
  'answer',
  'silence',
  'server error',
  'not found',
  'denied',
  'nonsense',
  'unknown word',
  'slow',
  'node dies',
  'node sleeps'
] as const

interface Job {
  id: string
  /** of its account */
  reference: string
  prompt: string
  polls: number
  /** polls until it ends */
  length: number
  ends: 'succeed' | 'failed'
  /** seconds that it says it made */
  made: string
  /** where the vendor was asked to call when it ends */
  callback: string
  /** nobody can know of it: its node had been stopped past its lease, the clock had jumped over its settle window, or the vendor denied it */
  late: boolean
  /** accepted less than a minute ago: one of the vendor's replicas may not know of it */
  fresh: boolean
}

/** What becomes of a request: what its sender hears, after how long, and whether its sender lives to hear it. */
export interface Fate {
  /** asked when it is heard */
  hears(): HttpAnswer | UpstreamError
  after: number
  sender: 'lives' | 'dies' | 'sleeps'
}

/** The first choice with probability `calm`, else any; ends of nodes are rarer, for a start takes a while. */
function choose<Choice extends string>(random: () => number, choices: readonly Choice[], calm: number): Choice {
  const any = random() < calm ? choices[0]! : choices[Math.floor(random() * choices.length)]!
  return any.startsWith('node') && random() < 0.7 ? choices[0]! : any
}

/** Whose path it is. */
const accountOf = ({ path }: HttpRequest) => path.split('/')[3]!

// a submit is given up before its settle window ends (90 s), a poll may take longer than a lease (30 s)
const SLOWEST_SUBMIT = 60_000
const SLOWEST_POLL = 45_000
// within the minute in which the product does not believe it
const FRESH = 50_000

const madeSeconds = ['5', '5', '10', '4.9', '5.1', '3.333', '0', '60']

export interface Surroundings {
  random(): number
  /** how much goes as it should, 0 to 1 */
  calm: number
  /** how many lookups get no answer, 0 to 1 */
  mute: number
  /** how often the clock has jumped forward */
  jumps(): number
  /** does something later */
  later(milliseconds: number, run: () => void): void
}

export type SimulatedVendor = ReturnType<typeof createSimulatedVendor>

export function createSimulatedVendor({ random, calm, mute, jumps, later }: Surroundings) {
  const jobs = new Map<string, Job>()
  const byReference = new Map<string, Job>()
  const counts: Record<string, number> = {}
  const count = (name: string) => (counts[name] = (counts[name] ?? 0) + 1)

  const answer = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, body })
  const silence = (sent: boolean) => new UpstreamError('silence', { sent })

  function accept(request: HttpRequest, late = false): HttpAnswer {
    // true because it is Cloudsway's adapter that wrote the request
    const { json } = request.body as { json: { external_task_id: string; prompt: string; callback_url: string } }
    const reference = json.external_task_id
    const own = `${accountOf(request)} ${reference}`
    // the real vendor refuses the twin of an external id
    if (byReference.has(own)) return answer(400, { code: 1201, message: 'external_task_id exists' })
    const job: Job = {
      id: `job-${jobs.size + 1}`,
      reference,
      prompt: json.prompt,
      callback: json.callback_url,
      polls: 0,
      length: 1 + Math.floor(random() * 3),
      ends: random() < 0.85 ? 'succeed' : 'failed',
      made: madeSeconds[Math.floor(random() * madeSeconds.length)]!,
      late,
      fresh: true
    }
    later(FRESH, () => (job.fresh = false))
    jobs.set(job.id, job)
    byReference.set(own, job)
    return answer(200, {
      code: 0,
      data: { task_id: job.id, task_status: 'submitted', task_info: { external_task_id: reference } }
    })
  }

  return {
    jobs,
    counts,

    submit(request: HttpRequest): Fate {
      const fault = choose(random, submitFaults, calm)
      count(`submit: ${fault}`)
      const hears = (what: HttpAnswer | UpstreamError): Fate => ({ hears: () => what, after: 0, sender: 'lives' })
      switch (fault) {
        case 'accept':
          return hears(accept(request))
        case 'accept, answer lost':
          accept(request)
          return hears(silence(true))
        case 'accept, then 502':
          accept(request)
          return hears(answer(502, '<html>'))
        case 'accept, then nonsense':
          accept(request)
          return hears(answer(200, []))
        case 'lost on the way':
          return hears(silence(true))
        case 'not sent':
          return hears(silence(false))
        case '500 and not taken':
          return hears(answer(500, { code: 5000, message: 'internal' }))
        case '504 and not taken':
          return hears(answer(504, ''))
        case 'rate limit':
          return hears(answer(429, { code: 1302, message: 'slow down' }))
        case 'concurrency limit':
          return hears(answer(429, { code: 1303, message: 'parallel task over resource pack limit' }))
        case 'maintenance':
          return hears(answer(503, { code: 5001, message: 'maintenance' }))
        case 'bad request':
          return hears(answer(400, { code: 1201, message: 'no' }))
        case 'content policy':
          return hears(answer(400, { code: 1301, message: 'no' }))
        case 'slow':
          return { ...hears(accept(request)), after: random() * SLOWEST_SUBMIT }
        case 'slow on the way': {
          const after = random() * SLOWEST_SUBMIT
          const heard: { answer: HttpAnswer | UpstreamError } = { answer: silence(true) }
          // it arrives, though its sender may be gone by then
          const before = jumps()
          later(after, () => (heard.answer = accept(request, jumps() > before)))
          return { hears: () => heard.answer, after, sender: 'lives' }
        }
        case 'node dies before it arrives':
          return { ...hears(silence(true)), sender: 'dies' }
        case 'node dies after it arrived':
          return { ...hears(accept(request)), sender: 'dies' }
        // stopped between its last look at the lease and the first byte: it sends when it wakes, whatever was decided meanwhile
        case 'node sleeps before it sends':
          return { hears: () => accept(request, true), after: 0, sender: 'sleeps' }
        case 'node sleeps before it arrives':
          return { ...hears(silence(true)), sender: 'sleeps' }
        case 'node sleeps after it arrived':
          return { ...hears(accept(request)), sender: 'sleeps' }
      }
    },

    /** A poll by the vendor's id, or a lookup by ours. */
    ask(request: HttpRequest): Fate {
      const fault = choose(random, pollFaults, calm)
      count(`poll: ${fault}`)
      const id = decodeURIComponent(request.path.split('/').at(-1)!)
      const job = jobs.get(id) ?? byReference.get(`${accountOf(request)} ${id}`)
      const isPoll = job?.id === id
      const sender = fault === 'node dies' ? 'dies' : fault === 'node sleeps' ? 'sleeps' : 'lives'
      const hears = (what: HttpAnswer | UpstreamError): Fate => ({
        hears: () => what,
        after: fault === 'slow' ? random() * SLOWEST_POLL : 0,
        sender
      })
      if (fault === 'silence') return hears(silence(true))
      if (!isPoll && mute > 0 && random() < mute) {
        count('poll: no lookups')
        return hears(answer(500, ''))
      }
      if (fault === 'server error') return hears(answer(500, ''))
      if (fault === 'nonsense') return hears(answer(200, { code: 0, data: 'what' }))
      const unknown = answer(404, { code: 1203, message: 'task not found' })
      // a poll may be told so for a moment, and only before others were answered
      if (!job || (fault === 'not found' && isPoll && job.fresh && job.polls === 0)) return hears(unknown)
      // a lookup may be told so by a vendor that has the task all the same
      if (fault === 'denied' && !isPoll) {
        job.late = true
        return hears(unknown)
      }
      if (isPoll) job.polls++
      const status = fault === 'unknown word' ? 'contemplating' : job.polls > job.length ? job.ends : 'processing'
      return hears(
        answer(200, {
          code: 0,
          data: {
            task_id: job.id,
            task_status: status,
            task_status_msg: status === 'failed' ? 'broken' : '',
            task_info: { external_task_id: job.reference },
            ...(status === 'succeed' && {
              task_result: { videos: [{ id: 'v', url: 'https://cdn.test/v.mp4', duration: job.made }] }
            })
          }
        })
      )
    }
  }
}
