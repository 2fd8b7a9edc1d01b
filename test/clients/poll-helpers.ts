/* The poll helpers of OpenAI's Python and Go SDKs, replayed from what their sources do (openai-python 3.3, openai-go 3.52). */

interface Options {
  /** with the path prefix that users put into base_url, e.g. http://host/v1 */
  baseUrl: string
  key: string
  sleep(milliseconds: number): Promise<void>
  /** what the caller asks for; absent: the server's header decides */
  interval?: number
}

interface Polled {
  status: string
  id: string
  error: { code: string; message: string } | null
}

/** How a helper came to its end. */
interface Run {
  video: Polled
  slept: number[]
  /** what each poll's answer said of the pause */
  advised: (string | null)[]
}

const python = {
  'user-agent': 'OpenAI/Python 3.3.1',
  'x-stainless-lang': 'python',
  'x-stainless-package-version': '3.3.1',
  'x-stainless-os': 'Linux',
  'x-stainless-arch': 'x64',
  'x-stainless-runtime': 'CPython',
  'x-stainless-runtime-version': '3.13.1',
  'x-stainless-async': 'false',
  'x-stainless-retry-count': '0',
  'x-stainless-read-timeout': '600'
}

const go = {
  'user-agent': 'OpenAI/Go 3.52.0',
  'x-stainless-lang': 'go',
  'x-stainless-package-version': '3.52.0',
  'x-stainless-os': 'Linux',
  'x-stainless-arch': 'x64',
  'x-stainless-runtime': 'go',
  'x-stainless-runtime-version': 'go1.24',
  'x-stainless-retry-count': '0'
}

/** Python's `videos.create`: multipart, whatever is in it. */
export async function pythonCreate({ baseUrl, key }: Options, fields: Record<string, string>): Promise<Polled> {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.append(name, value)
  const response = await fetch(`${baseUrl}/videos`, { method: 'POST', headers: headersFor(python, key), body })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response.json() as Promise<Polled>
}

/** Python's `videos.delete`: names a JSON body and sends none. */
export async function pythonDelete({ baseUrl, key }: Options, id: string): Promise<{ status: number; body: unknown }> {
  const headers = { ...headersFor(python, key), 'content-type': 'application/json' }
  const response = await fetch(`${baseUrl}/videos/${id}`, { method: 'DELETE', headers })
  return { status: response.status, body: await response.json() }
}

/** Python's `videos.poll`: goes on for `queued` and `in_progress`, gives back anything else, has no time limit. */
export async function pythonPoll(options: Options, id: string): Promise<Run> {
  const { sleep, interval } = options
  const headers = {
    ...python,
    'x-stainless-poll-helper': 'true',
    'x-stainless-raw-response': 'true',
    ...(interval !== undefined && { 'x-stainless-custom-poll-interval': String(interval) })
  }
  const run: Omit<Run, 'video'> = { slept: [], advised: [] }
  let pause = interval
  for (;;) {
    const { video, advice } = await retrieve(options, id, headers)
    run.advised.push(advice)
    if (video.status !== 'queued' && video.status !== 'in_progress') return { ...run, video }
    // the first header is kept for good
    pause ??= advice === null ? 1000 : integer(advice)
    run.slept.push(pause)
    await sleep(pause)
  }
}

/** Go's `Videos.PollStatus`: the same, but a word it does not know is an error, and no pause is over eight seconds. */
export async function goPoll(options: Options, id: string): Promise<Run> {
  const { sleep, interval = 0 } = options
  const headers = {
    ...go,
    'x-stainless-poll-helper': 'true',
    ...(interval > 0 && { 'x-stainless-poll-interval': String(interval) })
  }
  const run: Omit<Run, 'video'> = { slept: [], advised: [] }
  let pause = interval
  for (;;) {
    const { video, advice } = await retrieve(options, id, headers)
    run.advised.push(advice)
    if (video.status === 'completed' || video.status === 'failed') return { ...run, video }
    if (video.status !== 'queued' && video.status !== 'in_progress')
      throw new Error(`invalid video status during polling: received ${video.status}`)
    if (pause <= 0) pause = advice === null ? 1000 : Math.min(integer(advice), 8000)
    run.slept.push(pause)
    await sleep(pause)
  }
}

async function retrieve({ baseUrl, key }: Options, id: string, headers: Record<string, string>) {
  const response = await fetch(`${baseUrl}/videos/${id}`, { headers: headersFor(headers, key) })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  // true of a 200 here; a wrong word is what the helpers' own checks are about
  return { video: (await response.json()) as Polled, advice: response.headers.get('openai-poll-after-ms') }
}

const headersFor = (headers: Record<string, string>, key: string) => ({
  accept: 'application/json',
  ...headers,
  authorization: `Bearer ${key}`
})

// int("5000.0") and strconv.Atoi("5000.0") both fail
function integer(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`invalid literal for int(): ${text}`)
  return Number(text)
}
