import type { CallToolResult } from '@modelcontextprotocol/server'
import type { z } from 'zod'
import { estimateAnswer, listAnswer, madeAnswer, modelsAnswer, outputs, videoAnswer } from './answer.ts'
import { argumentsOf, fieldsOf, list, nothing, video, waiting } from './arguments.ts'
import { GatewayError, type Fields, type Gateway, type Video } from './gateway.ts'
import { LONGEST_WAIT_MS, waitForEnd } from './wait.ts'

/** What a tool works with. */
export interface Host {
  gateway: Gateway
  /** milliseconds at an even rate */
  monotonic(): number
  /** returns a new Idempotency-Key */
  newKey(): string
  /** returns the image of a file as a data: URL, throws GatewayError; null: files of this computer are not the user's */
  readImage: ((path: string) => string) | null
  /** the models of the key with their prices, for the descriptions; null: not known */
  prices: string | null
}

/** One call of a tool. */
export interface Call {
  signal: AbortSignal
  /** absent: the client did not ask for it */
  onProgress: ((video: Video) => Promise<void>) | undefined
}

export interface Tool<Input extends z.ZodType = z.ZodType> {
  name: string
  title: string
  description: string
  input: Input
  output: z.ZodType
  /** whether it only reads */
  reads: boolean
  run(given: z.output<Input>, call: Call): Promise<CallToolResult>
}

/** Returns the tools, each described once for every transport. `add` is called with each of them. */
export function addTools(
  { gateway, monotonic, newKey, readImage, prices }: Host,
  add: <Input extends z.ZodType>(tool: Tool<Input>) => void
) {
  const { generate, fromImage, estimate } = argumentsOf(readImage !== null)
  const cost = `COSTS MONEY: every call makes and charges a new video, unless its idempotency_key was used before. Use it only when the user asks for a video; estimate_video tells the price for nothing.${prices === null ? '' : ` Prices: ${prices}.`}`
  const after = 'Returns the video with its link, or after 45 seconds its id, for get_video.'
  const read = (given: Fields) =>
    fieldsOf(given, path => {
      if (!readImage) throw new GatewayError('invalid_request', 'Files cannot be read here. Use image_url.')
      return readImage(path)
    })

  async function make({ wait, idempotency_key, ...given }: z.output<typeof generate>, { signal, onProgress }: Call) {
    const until = monotonic() + LONGEST_WAIT_MS
    const fields = read(given)
    const made = await gateway.create(fields, idempotency_key ?? newKey())
    // without a price the video is there all the same
    const price = await gateway.estimate(fields).then(
      found => found.price,
      () => null
    )
    const now = wait ? await waitForEnd(made, { gateway, monotonic, until, onProgress, signal }) : made
    return madeAnswer(now, price)
  }

  add({
    name: 'generate_video',
    title: 'Generate a video',
    description: `Makes a video of a text, and of a first or last frame if given. ${after} ${cost}`,
    input: generate,
    output: outputs.made,
    reads: false,
    run: make
  })
  add({
    name: 'image_to_video',
    title: 'Animate an image',
    description: `Makes a video that begins with an image. ${after} ${cost}`,
    input: fromImage,
    output: outputs.made,
    reads: false,
    run: make
  })
  add({
    name: 'get_video',
    title: 'Get a video',
    description:
      'Returns the state of a video, and its link when it is finished. Waits up to 45 seconds for its end. Costs nothing.',
    input: waiting,
    output: outputs.video,
    reads: true,
    async run({ id, wait }, { signal, onProgress }) {
      const until = monotonic() + LONGEST_WAIT_MS
      const found = await gateway.get(id, 0, signal)
      return videoAnswer(wait ? await waitForEnd(found, { gateway, monotonic, until, onProgress, signal }) : found)
    }
  })
  add({
    name: 'list_videos',
    title: 'List videos',
    description: 'Lists the videos of this key, newest first. Costs nothing.',
    input: list,
    output: outputs.list,
    reads: true,
    run: async ({ limit, after: last }) => listAnswer(await gateway.list({ limit, after: last }))
  })
  add({
    name: 'cancel_video',
    title: 'Cancel a video',
    description: 'Cancels a video that is not finished. What its vendor has made by then may still be charged.',
    input: video,
    output: outputs.video,
    reads: false,
    run: async ({ id }) => videoAnswer(await gateway.cancel(id))
  })
  add({
    name: 'list_models',
    title: 'List models',
    description: 'Lists the models that this key may use, with prices, lengths, ratios and resolutions. Costs nothing.',
    input: nothing,
    output: outputs.models,
    reads: true,
    run: async () => modelsAnswer(await gateway.models())
  })
  add({
    name: 'estimate_video',
    title: 'Estimate a price',
    description:
      'Tells what a video would cost at most, how long it would be and how long it would take, without making it. Costs nothing.',
    input: estimate,
    output: outputs.estimate,
    reads: true,
    run: async given => estimateAnswer(await gateway.estimate(read(given)))
  })
}
