import type { ImageRole } from '../../vendors/vendor.ts'

/*
 * What a name in a create request means: the names of both documented formats, and those that other APIs use for the same thing.
 * Case, underscores and hyphens make no difference: `aspectRatio` is `aspect_ratio`.
 */

const spellings = {
  model: 'model model_name model_id',
  prompt: 'prompt prompt_text text_prompt',
  negative_prompt: 'negative_prompt neg_prompt negative_prompt_text',
  seconds:
    'duration seconds duration_seconds duration_sec duration_secs duration_in_seconds n_seconds num_seconds ' +
    'video_duration video_length video_seconds length length_seconds length_in_seconds video_length_seconds',
  size: 'size video_size output_size dimensions',
  width: 'width video_width output_width',
  height: 'height video_height output_height',
  fps: 'fps frame_rate frames_per_second video_fps',
  n: 'n num_videos number_of_videos video_count num_outputs number_of_outputs sample_count n_variants num_variants count batch_size',
  seed: 'seed random_seed',
  user: 'user',
  response_format: 'response_format',
  callback_url: 'callback_url callback webhook_url webhook notify_url notify_hook notification_url hook_url',
  aspect_ratio: 'aspect_ratio ratio aspect video_aspect_ratio orientation',
  resolution: 'resolution video_resolution output_resolution',
  mode: 'mode',
  cfg_scale: 'cfg_scale cfg',
  image_roles: 'image_roles',
  characters: 'characters',
  metadata: 'metadata'
} as const

export type Field = keyof typeof spellings

/** A field; an image, with the role that its name gives it; or the sound, where `false` says that the name means silence. */
export type Meaning = { field: Field } | { image: ImageRole | null } | { audio: boolean }

/** Returns what a name means; null: it is unknown. */
export function meaningOf(name: string): Meaning | null {
  const plain = bare(name)
  const field = fields.get(plain)
  if (field) return { field }
  // longer names are no words of anybody's API
  if (plain.length > 60) return null
  if (image.test(plain) && subject.test(plain) && !vague.test(plain)) return { image: roleOf(plain) }
  if (sound.test(plain)) return { audio: true }
  return silence.test(plain) ? { audio: false } : null
}

/** Returns a name without case, underscores and hyphens. */
export const bare = (name: string) => name.toLowerCase().replaceAll(/[_\-\s]/g, '')

/** Whether a name is that of a list of images. */
export const isPlural = (name: string) => /(s|list)$/.test(bare(name))

/** Returns the words of a name: those of `firstFrame` and `first_frame` are `first` and `frame`. */
export function wordsOf(name: string): string[] {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return spaced.split(/[^a-z0-9]+/).filter(Boolean)
}

const fields = new Map(
  Object.entries(spellings).flatMap(([field, names]) =>
    // true because the entries are those of `spellings`
    names.split(' ').map(name => [bare(name), field as Field] as const)
  )
)

// every word is one of these, so `first_frame_image_url` and `tailImage` are known, `image_strength` and `return_last_frame` are not
const image = pattern(
  'image images img imgs picture pictures pic pics photo photos frame reference references ref refs',
  'first start starting head initial init last end ending tail final',
  'input source src prompt binary url urls uri uris b64 base64 json data list file files path'
)
const subject = /image|img|pic|photo|frame|ref/
// may be anything, such as a client's own id
const vague = /^(ref(erence)?s?|frame)$/

const sound = new RegExp(
  `^(?=.*(audio|sound))${words('generate generates enable enabled with has include included add use native audio sound on switch flag is')}$`
)
const silence = /^(mute|muted|silent|(no|without|disable|disabled|remove)(audio|sound))$/

function pattern(...lines: string[]): RegExp {
  return new RegExp(`^${words(lines.join(' '))}$`)
}

function words(line: string): string {
  return `(?:${line.replaceAll(' ', '|')})+`
}

// OpenAI's input_reference is whatever its place makes it; input_references are OpenRouter's references
function roleOf(plain: string): ImageRole | null {
  if (/last|end|tail|final/.test(plain)) return 'last'
  if (/first|start|head|init/.test(plain)) return 'first'
  return /ref/.test(plain) && plain !== 'inputreference' ? 'reference' : null
}
