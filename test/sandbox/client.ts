import { onTestFinished } from 'vitest'
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'

/* A sandbox on real HTTP with a hand-driven clock, and a client of its wire. */

export interface Reply {
  status: number
  type: string | null
  text: string
  /** the envelope, when the answer was JSON */
  code?: number
  message?: string
  data?: TaskData
}

export interface TaskData {
  task_id: string
  task_status: string
  task_status_msg?: string
  task_info: { external_task_id: string }
  task_result?: { videos: { id: string; url: string; duration: string }[] }
  created_at: number
  updated_at: number
}

interface Call {
  method?: string
  headers?: Record<string, string>
  body?: string
}

export const begin = 1_767_000_000_000

export async function openSandbox(options: Partial<SandboxOptions> = {}) {
  const clock = { now: begin }
  const sandbox = await startSandbox({ now: () => clock.now, ...options })
  onTestFinished(sandbox.close)

  const call = async (path: string, init: Call = {}): Promise<Reply> => {
    // no connection is kept: a later sandbox on the same port must not meet one of the closed
    const headers = { authorization: `Bearer ${sandbox.credential}`, connection: 'close', ...init.headers }
    const response = await fetch(`${sandbox.url}/v1/ai/${sandbox.endpointPath}/kling/videos${path}`, {
      ...init,
      headers
    })
    const [type, text] = [response.headers.get('content-type'), await response.text()]
    // true because every JSON answer of the sandbox is an envelope
    const envelope = type?.includes('json') ? (JSON.parse(text) as Partial<Reply>) : {}
    return { ...envelope, status: response.status, type, text }
  }
  const submit = (body: object, capability = 'text2video') =>
    call(`/${capability}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'a dog runs', ...body })
    })
  const poll = (id: string, capability = 'text2video') => call(`/${capability}/${id}`)

  return {
    ...sandbox,
    clock,
    call,
    submit,
    poll,
    /** Submits, lets the time pass and gives the link of the file. */
    async make(body: object, capability?: string): Promise<string> {
      const { data } = await submit(body, capability)
      clock.now += 3000
      const done = await poll(data!.task_id, capability)
      return done.data!.task_result!.videos[0]!.url
    }
  }
}
