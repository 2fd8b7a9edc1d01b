import { table } from '../../lib/table.ts'
import type { ImageRole, ModelSpec } from '../vendor.ts'

/*
 * Jimeng's request keys and what each supports. Sources: vendors/jimeng.md §3 and §4; volcengine.com docs 85621/1829013 (OmniHuman 1.5) and the pages
 * of motion imitation 1.0 (1798365) and 2.0.
 */

interface JimengModel extends ModelSpec {
  /** required images */
  needs: readonly ImageRole[]
  /** whether the length is sent as `frames`; the 2.0 keys always make five seconds */
  frames: boolean
  /** `aspect_ratio` is for text to video; the page of 2.0 image to video lists it too */
  ratioWithImage?: boolean
  /** further required fields */
  fields?: readonly string[]
  /** the image is one URL, in a field of this name; absent: lists of URLs or bytes */
  imageField?: 'image_url'
  /** the length follows a video or a sound that is given: nothing sets it */
  unmeasured?: true
  /** has no field for it */
  without?: readonly ('prompt' | 'seed')[]
  /** its own actions; absent: those of most keys */
  actions?: Record<'submit' | 'query', string>
}

const ratios = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9']
const ratios20 = [...ratios, '9:21']

// §4: at most 800 characters, 400 recommended
const common = { promptLimit: 800, needs: [], images: [] } as const
const v20 = { ...common, seconds: [5], defaultSeconds: 5, frames: false }
const v30 = { ...common, seconds: [5, 10], defaultSeconds: 5, frames: true }
const small = { ...v30, resolutions: ['720p'] }
const large = { ...v30, resolutions: ['1080p'] }
const first = { images: ['first'], needs: ['first'] } as const
const firstTail = { images: ['first', 'last'], needs: ['first', 'last'] } as const

const motion = { ...first, frames: false, unmeasured: true, without: ['prompt', 'seed'] } as const

/** By request key. The suffixes differ: text to video has `_1080p`, image to video `_1080`. */
const keys = {
  jimeng_vgfm_t2v_l20: { ...v20, ratios: ratios20 },
  jimeng_vgfm_i2v_l20: { ...v20, ...first, ratios: ratios20, ratioWithImage: true },
  jimeng_t2v_v30: { ...small, ratios },
  jimeng_t2v_v30_1080p: { ...large, ratios },
  jimeng_i2v_first_v30: { ...small, ...first },
  jimeng_i2v_first_v30_1080: { ...large, ...first },
  jimeng_i2v_first_tail_v30: { ...small, ...firstTail },
  jimeng_i2v_first_tail_v30_1080: { ...large, ...firstTail },
  jimeng_i2v_recamera_v30: { ...small, ...first, fields: ['template_id', 'camera_strength'] },
  jimeng_ti2v_v30_pro: { ...large, images: ['first'], ratios },
  jimeng_dream_actor_m1_gen_video_cv: { ...motion, fields: ['video_url'], imageField: 'image_url' },
  jimeng_dreamactor_m20_gen_video: { ...motion, fields: ['video_url'], resolutions: ['720p'] },
  jimeng_realman_avatar_picture_omni_v15: {
    ...motion,
    fields: ['audio_url'],
    imageField: 'image_url',
    without: [],
    audio: true,
    actions: { submit: 'CVSubmitTask', query: 'CVGetResult' }
  }
} satisfies Record<string, JimengModel>

type Key = keyof typeof keys
type Kind = 'text' | 'first' | 'firstTail'

/** Names invented by new-api; the images decide the request key. */
const aliases = table<Record<Kind, Key>>({
  jimeng_v30: {
    text: 'jimeng_t2v_v30',
    first: 'jimeng_i2v_first_v30',
    firstTail: 'jimeng_i2v_first_tail_v30'
  },
  jimeng_v30_1080p: {
    text: 'jimeng_t2v_v30_1080p',
    first: 'jimeng_i2v_first_v30_1080',
    firstTail: 'jimeng_i2v_first_tail_v30_1080'
  },
  jimeng_v30_pro: {
    text: 'jimeng_ti2v_v30_pro',
    first: 'jimeng_ti2v_v30_pro',
    firstTail: 'jimeng_ti2v_v30_pro'
  }
})

const aliasSpec = { ...v30, images: ['first', 'last'], ratios } satisfies JimengModel

/** Everything a channel may offer: request keys and aliases. */
export const jimengModels = table<JimengModel>({
  ...keys,
  jimeng_v30: { ...aliasSpec, resolutions: ['720p', '1080p'] },
  jimeng_v30_1080p: { ...aliasSpec, resolutions: ['1080p'] },
  jimeng_v30_pro: { ...aliasSpec, images: ['first'], resolutions: ['1080p'] }
})

/** Returns what is known of a request key or alias. */
export function specOf(name: string): JimengModel | undefined {
  return Object.hasOwn(jimengModels, name) ? jimengModels[name] : undefined
}

/** Returns the request keys behind an alias. */
export function aliasOf(name: string): Record<Kind, Key> | undefined {
  return Object.hasOwn(aliases, name) ? aliases[name] : undefined
}
