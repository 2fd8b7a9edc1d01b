import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { Video } from '../fronts/documented/video.ts'
import { collect, jsonOption, positive, size, wholeNumber } from './arguments.ts'
import { ask, readJson, Unreachable, type Client } from './client.ts'
import { CommandFailure, exitCodes, usage, type ExitCode } from './exit.ts'
import { readImageFile } from './image-file.ts'
import { withClient } from './open.ts'
import { note, print, say, self, style, type Format } from './print.ts'
import { createProgress } from './progress.ts'
import { withRetries } from './retry.ts'
import { megabytes, nameFor, placeFor, save, STDOUT, writeOut } from './save.ts'

interface GenerateOptions extends Format {
  model?: string
  out?: string
  image?: string[]
  seconds?: number
  size?: string
  seed?: number
  resume?: string
  wait: boolean
  timeout?: number
}

const IMPATIENT_MS = 1000

export function generateCommand(program: Command) {
  program
    .command('generate [prompt]')
    .description('make a video and save it')
    .option('-m, --model <model>', 'the model; see reelay models list')
    .option('-o, --out <path>', 'file or folder; - is stdout (default: named after the prompt)')
    .option('--image <file|url>', 'an input image (repeatable)', collect)
    .option('--seconds <n>', 'length of the video', positive)
    .option('--size <WxH>', 'size of the video', size)
    .option('--seed <n>', 'the same seed makes a similar video, if the model supports it', wholeNumber(0))
    .option('--resume <id>', 'wait for an earlier task and save its video')
    .option('--no-wait', 'only create the task; save the video later with --resume')
    .option('--timeout <seconds>', 'stop waiting after this time; the task continues', positive)
    .addOption(jsonOption())
    .action(generate)
}

async function generate(prompt: string | undefined, options: GenerateOptions): Promise<void> {
  const { resume, wait, out, json = false } = options
  if ((prompt === undefined) === (resume === undefined)) throw usage('Give a prompt, or --resume ID.')
  const isPiped = out === STDOUT
  if (isPiped && json) throw usage('-o - and --json would both write to stdout. Use one of them.')
  let made: Video | undefined
  const place = await placeFor(out, () => nameFor(made!))
  const body = prompt === undefined ? null : requestOf(prompt, options)
  const stop = untilStopped(options.timeout)

  try {
    await withClient(
      async client => {
        const video = body ? await create(client, body) : await get(client, resume!)
        // the id first, so that the task can be resumed whatever happens next
        if (json || isPiped) note(video.id)
        else say(video.id)
        made = video
        if (video.metadata.sandbox) note('SANDBOX: this is a test video, not made by a vendor.')
        if (!wait)
          return print(video, { json }, () => note(`Save the video later: ${self} generate --resume ${video.id}`))
        made = await follow(client, video, stop)
        refuseFailure(made)
        const path = place()
        const bytes = await download(client, made, path, stop)
        if (isPiped) return note(`written to stdout (${megabytes(bytes)})`)
        print({ ...made, file: path, bytes }, { json }, () =>
          say(`${style('green', 'saved')} ${path} (${megabytes(bytes)})`)
        )
      },
      { engine: true }
    )
  } catch (error) {
    if (!stop.signal.aborted) throw error
    const { exitCode, said } = stop.reason()
    const how = made
      ? `The task continues. Save its video later: ${self} generate --resume ${made.id}`
      : `Whether a task was created is unknown. Check: ${self} tasks list`
    throw new CommandFailure(exitCode, `${said} ${how}`)
  } finally {
    stop.end()
  }
}

function requestOf(prompt: string, { model, image = [], seconds, size: wanted, seed }: GenerateOptions) {
  const images = image.map(imageSource)
  return {
    prompt,
    model,
    seconds,
    size: wanted,
    seed,
    ...(images.length === 1 && { input_reference: { image_url: images[0] } }),
    ...(images.length > 1 && { images })
  }
}

function imageSource(source: string): string {
  if (/^https?:\/\//i.test(source)) return source
  const read = readImageFile(source)
  if ('url' in read) return read.url
  throw usage(`--image: ${read.problem}`)
}

/** Creates the task. When the answer is lost, it repeats the request with the same Idempotency-Key, which creates no second task. */
async function create(client: Client, body: ReturnType<typeof requestOf>): Promise<Video> {
  const headers = { 'idempotency-key': randomUUID() }
  return withRetries(async () =>
    readJson<Video>(await client.send({ method: 'POST', path: '/openai/v1/videos', body, headers }))
  )
}

const get = (client: Client, id: string, query = '') =>
  ask<Video>(client, 'GET', `/openai/v1/videos/${encodeURIComponent(id)}${query}`)

/** Waits for the end and shows progress. Throws when stopped. */
async function follow(client: Client, video: Video, { orStop, signal }: Stop): Promise<Video> {
  const progress = createProgress(Date.now())
  // a bar is redrawn often; plain lines are only printed on changes
  const wait = process.stderr.isTTY ? 1 : 5
  try {
    for (let now = video; ; now = await orStop(withRetries(() => get(client, video.id, `?wait=${wait}`), signal))) {
      progress.show(now)
      if (now.status === 'completed' || now.status === 'failed') return now
    }
  } finally {
    progress.end()
  }
}

function refuseFailure({ id, error }: Video) {
  if (!error) return
  const refused = error.code === 'content_policy_violation' || error.code === 'invalid_request'
  throw new CommandFailure(
    refused ? exitCodes.refused : exitCodes.failed,
    `${id} failed (${error.code}): ${error.message}`,
    error
  )
}

async function download(client: Client, { id }: Video, path: string, { orStop, signal }: Stop): Promise<number> {
  // what was written to stdout stays there: a retry goes on behind it
  let written = 0
  return withRetries(async () => {
    const headers = written > 0 ? { range: `bytes=${written}-` } : {}
    const answer = await client.send({ method: 'GET', path: `/openai/v1/videos/${id}/content`, headers, signal })
    if (answer.status !== (written > 0 ? 206 : 200)) return readJson<never>(answer)
    if (path !== STDOUT) return orStop(save(answer.body, path).catch(rethrow))
    await orStop(writeOut(answer.body, bytes => (written += bytes)).catch(rethrow))
    return written
  }, signal)
}

// a broken connection is retried, a full disk is not
function rethrow(error: unknown): never {
  const { code = '', message } = Object(error) as { code?: string; message?: string } // safe on any value
  if (code.startsWith('UND_') || code === 'ECONNRESET')
    throw new Unreachable(exitCodes.failed, `The download was interrupted: ${message}`)
  throw error
}

type Stop = ReturnType<typeof untilStopped>

/** Ctrl-C, SIGTERM and the timeout end the waiting, never the task. */
function untilStopped(seconds: number | undefined) {
  const stopping = new AbortController()
  let reason: { exitCode: ExitCode; said: string } = { exitCode: exitCodes.interrupted, said: 'Stopped waiting.' }
  let stoppedAt: number | undefined
  const interrupt = () => {
    // the terminal and npx may both send the signal; only a later one means that the user wants to quit at once
    if (stoppedAt !== undefined && Date.now() - stoppedAt > IMPATIENT_MS) process.exit(exitCodes.interrupted)
    stoppedAt ??= Date.now()
    stopping.abort()
  }
  const timer =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          reason = { exitCode: exitCodes.timeout, said: `The video was not finished within ${seconds} s.` }
          stopping.abort()
        }, seconds * 1000)
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const { signal } = stopping
  const stopped = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  )
  stopped.catch(() => {})
  return {
    signal,
    /** Returns the result; throws when stopped before. */
    orStop<Result>(work: Promise<Result>): Promise<Result> {
      work.catch(() => {})
      return Promise.race([work, stopped])
    },
    reason: () => reason,
    /** Ends the timeout. Signals are still handled, so that a late one does not cut off the output. */
    end: () => clearTimeout(timer)
  }
}
