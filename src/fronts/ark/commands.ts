import { table } from '../../lib/table.ts'

/*
 * Seedance obeys commands in its prompt: `a cat --rs 1080p --dur 12`. Other vendors do not, so they become the fields that they mean.
 * Source: Volcengine Ark, video generation API: "parameters in the prompt" (the older way).
 */

const names = table<string>({
  rs: 'resolution',
  resolution: 'resolution',
  rt: 'ratio',
  ratio: 'ratio',
  dur: 'duration',
  duration: 'duration',
  frames: 'frames',
  seed: 'seed',
  cf: 'camera_fixed',
  camerafixed: 'camera_fixed',
  wm: 'watermark',
  watermark: 'watermark'
})

const command = /(?:^|\s)--([a-z]+)[ \t=]+(\S+)/g

/** Returns a prompt without its commands, and these as fields of the wire. */
export function readCommands(prompt: string): { prompt: string; fields: Record<string, string | boolean> } {
  const fields: Record<string, string | boolean> = {}
  const rest = prompt.replaceAll(command, (text, name: string, value: string) => {
    const field = names[name]
    if (field === undefined) return text
    fields[field] = value === 'true' || value === 'false' ? value === 'true' : value
    return ''
  })
  return { prompt: rest.trim(), fields }
}
