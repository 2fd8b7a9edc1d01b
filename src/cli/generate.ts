import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Video } from '../http/video/video-object.ts'
import { IMAGE_LIMIT, IMAGE_LIMIT_MB, imageTypeOf } from '../lib/image-type.ts'
import { gather, jsonOption, positive, size, wholeNumber } from './arguments.ts'
import { ask, readJson, Unreachable, type Client } from './client.ts'
import { CommandFailure, exitCodes, usage, type ExitCode } from './exit.ts'
import { withClient } from './open.ts'
import { note, print, say, self, style, type Format } from './print.ts'
import { createProgress } from './progress.ts'
import { megabytes, nameFor, placeFor, save } from './save.ts'

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

const TRIES = 4
const IMPATIENT_MS = 1000

export function generateCommand(program: Command) {
  program
    .command('generate [prompt]')
    .description('make a video and save it')
    .option('-m, --model <model>', 'reelay models list shows them')
    .option('-o, --out <path>', 'a file or folder (default: named after the prompt)')
    .option('--image <file|url>', 'a picture to start from; repeat for more', gather)
    .option('--seconds <n>', 'how long it is', positive)
    .option('--size <WxH>', 'how large it is', size)
    .option('--seed <n>', 'the same seed makes a similar video, where the vendor can', wholeNumber(0))
    .option('--resume <id>', 'wait for a task that was made before, and save its video')
    .option('--no-wait', 'only make the task; get the video later with --resume')
    .option('--timeout <seconds>', 'give up waiting after this; the task goes on', positive)
    .addOption(jsonOption())
    .action(generate)
}

async function generate(prompt: string | undefined, options: GenerateOptions): Promise<void> {
  const { resume, wait, out, json = false } = options
  if ((prompt === undefined) === (resume === undefined)) throw usage('give a prompt, or --resume ID')
  let made: Video | undefined
  const place = await placeFor(out, () => nameFor(made!))
  const body = prompt === undefined ? null : requestOf(prompt, options)
  const stop = untilStopped(options.timeout)

  try {
    await withClient(
      async client => {
        const video = body ? await create(client, body) : await get(client, resume!)
        // first of all the id: whatever happens from here, it can be gone on with
        if (json) note(video.id)
        else say(video.id)
        made = video
        if (video.metadata.sandbox) note('SANDBOX: this is a test video, no vendor makes it')
        if (!wait) return print(video, { json }, () => note(`Get it with: ${self} generate --resume ${video.id}`))
        made = await follow(client, video, stop)
        refuseFailure(made)
        const path = place()
        const bytes = await download(client, made, path, stop)
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
      ? `${made.id} goes on; get it with: ${self} generate --resume ${made.id}`
      : `Nothing was made, as far as is known: ${self} tasks list`
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
  let bytes: Buffer
  try {
    bytes = readFileSync(source)
  } catch {
    throw usage(`--image: ${source} cannot be read`)
  }
  const type = imageTypeOf(bytes)
  if (type === null) throw usage(`--image: ${source} is not a PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF image`)
  if (bytes.length > IMAGE_LIMIT) throw usage(`--image: ${source} is larger than ${IMAGE_LIMIT_MB} MB`)
  return `data:${type};base64,${bytes.toString('base64')}`
}

/** Makes the task. When the answer is lost it asks again under the same Idempotency-Key, which can make no second one. */
async function create(client: Client, body: ReturnType<typeof requestOf>): Promise<Video> {
  const headers = { 'idempotency-key': randomUUID() }
  return persistently(async () =>
    readJson<Video>(await client.send({ method: 'POST', path: '/openai/v1/videos', body, headers }))
  )
}

const get = (client: Client, id: string, query = '') =>
  ask<Video>(client, 'GET', `/openai/v1/videos/${encodeURIComponent(id)}${query}`)

/** Waits for the end, and shows how far it is. Throws when the signal says so. */
async function follow(client: Client, video: Video, { orStop, signal }: Stop): Promise<Video> {
  const progress = createProgress(Date.now())
  // a bar wants to move; lines only need the news
  const wait = process.stderr.isTTY ? 1 : 5
  try {
    for (let now = video; ; now = await orStop(persistently(() => get(client, video.id, `?wait=${wait}`), signal))) {
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
  return persistently(async () => {
    const answer = await client.send({ method: 'GET', path: `/openai/v1/videos/${id}/content`, signal })
    if (answer.status !== 200) return readJson<never>(answer)
    return orStop(save(answer.body, path).catch(rethrow))
  }, signal)
}

// a connection that broke is worth another try, a full disk is not
function rethrow(error: unknown): never {
  const { code = '', message } = Object(error) as { code?: string; message?: string } // safe on any value
  if (code.startsWith('UND_') || code === 'ECONNRESET')
    throw new Unreachable(exitCodes.failed, `The download broke off: ${message}`)
  throw error
}

/** Again, a few times, when nobody answered: the network may come back. */
async function persistently<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Unreachable) || tries === TRIES) throw error
      await sleep(tries * 1000, undefined, signal && { signal })
    }
  }
}

type Stop = ReturnType<typeof untilStopped>

/** Ctrl-C, SIGTERM and the time limit end the waiting, never the task. */
function untilStopped(seconds: number | undefined) {
  const stopping = new AbortController()
  let reason: { exitCode: ExitCode; said: string } = { exitCode: exitCodes.interrupted, said: 'Stopped waiting.' }
  let stoppedAt: number | undefined
  const interrupt = () => {
    // a terminal and the npx in front of us may both send it; only later it means that somebody lost patience
    if (stoppedAt !== undefined && Date.now() - stoppedAt > IMPATIENT_MS) process.exit(exitCodes.interrupted)
    stoppedAt ??= Date.now()
    stopping.abort()
  }
  const timer =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          reason = { exitCode: exitCodes.timeout, said: `It did not end within ${seconds} s.` }
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
    /** The result, unless it is to stop before. */
    orStop<Result>(work: Promise<Result>): Promise<Result> {
      work.catch(() => {})
      return Promise.race([work, stopped])
    },
    reason: () => reason,
    /** The limit is off; signals stay heard, so that a late one does not cut off the last words. */
    end: () => clearTimeout(timer)
  }
}
