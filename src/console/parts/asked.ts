import type { AskedImage, AskedRequest, Task } from '../api/types/index.ts'
import type { Asked } from './snippets.ts'

/* A task's request: as code that makes it again, and as the address of the playground that has it filled in. */

type WithRequest = Task & { request?: AskedRequest | null }

/** Returns the request; what is known of it where it was not kept. */
export function askedOf({ request, model, prompt, seconds, size }: WithRequest): Asked {
  if (!request) return { model, prompt, ...(seconds !== null && { duration: Number(seconds) }), ...(size && { size }) }
  const { model: asked = model, prompt: text = prompt, seconds: duration, images = [], ...others } = request
  return {
    model: asked,
    prompt: text,
    ...(duration !== undefined && { duration }),
    ...others,
    ...imagesOf(images)
  }
}

function imagesOf(images: readonly AskedImage[]): Record<string, unknown> {
  const of = (role: AskedImage['role']) => images.filter(image => image.role === role).map(sourceOf)
  const [[first], [last], references] = [of('first'), of('last'), of('reference')]
  return {
    ...(first !== undefined && { first_frame: first }),
    ...(last !== undefined && { last_frame: last }),
    ...(references.length > 0 && { reference_images: references })
  }
}

const sourceOf = ({ url, type }: AskedImage) => url ?? `data:${type ?? 'image/png'};base64,…`

/** Returns the path and query of the playground with the request of a task, and its video on the stage. */
export function playgroundOf(task: WithRequest): string {
  const { metadata = {}, images = [], ...asked } = task.request ?? {}
  const [width, height] = dimensions(asked.size ?? (asked.width ? `${asked.width}x${asked.height}` : task.size))
  const links = (role: AskedImage['role']) =>
    images.flatMap(image => (image.role === role && image.url !== null ? [image.url] : []))
  const {
    aspect_ratio: ratio = ratioOf(width, height),
    resolution: res = resolutionOf(width, height),
    ...rest
  } = metadata
  const values: Record<string, unknown> = {
    models: asked.model ?? task.model,
    prompt: asked.prompt ?? task.prompt,
    seconds: asked.seconds ?? task.seconds,
    ratio,
    res,
    audio: asked.audio === undefined ? null : asked.audio ? 'on' : 'off',
    negative: asked.negative_prompt,
    seed: asked.seed,
    n: asked.n,
    user: asked.user,
    meta: Object.keys(rest).length > 0 ? JSON.stringify(rest) : null,
    first: links('first')[0],
    last: links('last')[0],
    refs: links('reference').join(' '),
    task: task.id
  }
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return `/playground?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`
}

function dimensions(size: string | null): [number, number] {
  const [width = 0, height = 0] = (size ?? '').split(/[x*×]/i).map(Number)
  return [width, height]
}

const ratios = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '3:2', '2:3']

/** The ratio of a size; null: none of those that have a name. */
export function ratioOf(width: number, height: number): string | null {
  if (!width || !height) return null
  const isNear = (ratio: string) => {
    const [across = 1, down = 1] = ratio.split(':').map(Number)
    return Math.abs((width * down) / (height * across) - 1) < 0.03
  }
  return ratios.find(isNear) ?? null
}

/** `720p`, of a size; null where it is unknown. */
export function resolutionOf(width: number, height: number): string | null {
  const short = Math.min(width, height)
  if (!short) return null
  return short >= 2000 ? '4k' : `${short}p`
}
