import { isRecord } from '../../lib/records.ts'
import type { ChannelConfig, Refusal, Sound, SoundWord, VideoRequest } from '../vendor.ts'
import { refuse } from './check.ts'

/* `audio` of a request, told in the vendor's own word: that word is then read, sent and billed as if the client had written it in metadata. */

/** The word of most vendors. */
export const generateAudio = { field: 'generate_audio', on: true, off: false } as const satisfies SoundWord

/** Returns a model's sound by its table: silent when it says so, else set by `word`; without a word it always has sound when it says so. */
export function soundOf({ audio }: { audio?: boolean }, word?: SoundWord): Sound {
  if (audio === false) return { model: 'silent', ...(word && { word }) }
  return word ? { word } : { ...(audio && { model: 'sounding' }) }
}

/**
 * Returns the request with its sound in the vendor's word, or a refusal when the model cannot do it: sound changes what is delivered, and often
 * the price. `audio` wins over words in metadata; there, another vendor's word is refused, because it would do nothing.
 */
export function withSound(
  video: VideoRequest,
  { options }: ChannelConfig,
  { model, word, open }: Sound
): VideoRequest | Refusal {
  const { audio } = video
  if (audio === undefined) {
    const foreign = open || (!model && !word) ? undefined : foreignWord(video.metadata, word)
    return foreign === undefined ? video : refuse(`metadata.${foreign}`, 'use the request field audio instead')
  }
  const silence = { ...video, metadata: withoutWords(video.metadata, word) }
  if (word && (!model || options.strict === false))
    return { ...silence, metadata: { ...silence.metadata, [word.field]: audio ? word.on : word.off } }
  if (!model) return refuse('audio', `${video.model} has no known setting for sound; send the vendor's own in metadata`)
  if (audio === (model === 'sounding')) return silence
  const reason = audio ? 'makes only silent videos' : 'always has sound; leave audio out or send true'
  return refuse('audio', `${video.model} ${reason}`)
}

const words = ['audio', 'sound', 'generate_audio', 'generateAudio', 'generate_sound', 'generate_audio_switch']
const values = new Set<unknown>([true, false, 'true', 'false', 'on', 'off', 'native'])
/** objects in metadata that adapters take apart */
const containers = new Set(['settings', 'options', 'input', 'parameters'])

function foreignWord(metadata: Record<string, unknown>, word?: SoundWord): string | undefined {
  return words.find(name => name !== word?.field && Object.hasOwn(metadata, name) && values.has(metadata[name]))
}

function withoutWords(metadata: Record<string, unknown>, word?: SoundWord): Record<string, unknown> {
  const isWord = (name: string, value: unknown) => name === word?.field || (words.includes(name) && values.has(value))
  const others = (record: Record<string, unknown>) =>
    Object.entries(record).filter(([name, value]) => !isWord(name, value))
  return Object.fromEntries(
    others(metadata).map(([name, value]) => [
      name,
      containers.has(name) && isRecord(value) ? Object.fromEntries(others(value)) : value
    ])
  )
}
