import { defined } from '../../lib/defined.ts'
import { table } from '../../lib/table.ts'
import { refuse } from './check.ts'
import type { Read, Refusal, VideoRequest } from '../vendor.ts'

/*
 * Seedance obeys commands at the end of its prompt: `a cat --rs 1080p --dur 12`. They decide what is made and billed, so they are read as the
 * fields that they mean. Source: Volcengine Ark, video generation API: "parameters in the prompt" (the older way).
 */

const names = table<string>({
  rs: 'resolution',
  resolution: 'resolution',
  rt: 'aspect_ratio',
  ratio: 'aspect_ratio',
  dur: 'duration',
  duration: 'duration',
  frames: 'frames',
  fps: 'framespersecond',
  framespersecond: 'framespersecond',
  seed: 'seed',
  cf: 'camera_fixed',
  camerafixed: 'camera_fixed',
  wm: 'watermark',
  watermark: 'watermark'
})

const command = /(?:^|\s)--([a-z]+)[ \t=]+(\S+)/g

/** Returns the request with the commands of its prompt as fields. A field that the request has already decides; the command is then dropped. */
export function readCommands(video: VideoRequest): Read | Refusal {
  const found: Record<string, string> = {}
  const prompt = video.prompt.replaceAll(command, (text, name: string, value: string) => {
    const field = names[name]
    if (field === undefined) return text
    found[field] = value
    return ''
  })
  if (Object.keys(found).length === 0) return { video, warnings: [] }
  const { duration, seed, ...settings } = found
  if (duration !== undefined && !/^\d{1,3}$/.test(duration)) return wrong('duration', 'a number of seconds')
  if (seed !== undefined && !/^-?\d{1,10}$/.test(seed)) return wrong('seed', 'a number')
  const isTaken = (field: string) => {
    if (field === 'duration') return video.seconds !== undefined
    if (field === 'seed') return video.seed !== undefined
    const isShape = field === 'resolution' || field === 'aspect_ratio'
    return video.metadata[field] !== undefined || (isShape && video.size !== undefined)
  }
  const free = Object.entries(settings).filter(([field]) => !isTaken(field))
  return {
    video: {
      ...video,
      prompt: prompt.trim(),
      ...defined({
        seconds: video.seconds ?? (duration === undefined ? undefined : Number(duration)),
        // -1 is any seed
        seed: video.seed ?? (seed === undefined || seed === '-1' ? undefined : Number(seed))
      }),
      metadata: { ...video.metadata, ...Object.fromEntries(free.map(([field, value]) => [field, valueOf(value)])) }
    },
    warnings: Object.keys(found)
      .filter(isTaken)
      .map(field => ({
        field: 'prompt',
        reason: `the command for ${field} is ignored: the request's own field decides`
      }))
  }
}

/** For vendors that offer Seedance among other models. */
export const ifSeedance = (video: VideoRequest): Read | Refusal =>
  /seedance/i.test(video.model) ? readCommands(video) : { video, warnings: [] }

const wrong = (field: string, kind: string) => refuse('prompt', `the command for ${field} must be followed by ${kind}`)

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d{1,6}$/.test(text) ? Number(text) : text
}
