import { defined } from '../../lib/defined.ts'
import { table } from '../../lib/table.ts'
import { jimengModels } from '../jimeng/models.ts'
import { openai } from '../openai/index.ts'
import type { ModelSpec } from '../vendor.ts'
import { viduModels } from '../vidu/models.ts'
import { klingRatios, legacyModels, type KlingModel } from './models.ts'

/* The models that the sandbox stands in for. Each obeys its own vendor's table, so that what works in the sandbox works on a real channel. */

// whatever its vendor can: the sandbox is there to try it
const reworks = { reworks: ['edit', 'extend', 'remix'] } as const

/** The rules of another vendor's model, as far as a body of Kling's can have them: its images may also choose another of the vendor's models. */
function ruledBy({ seconds, defaultSeconds, resolutions, audio, promptLimit }: ModelSpec = {}): KlingModel {
  return { ...defined({ seconds, defaultSeconds, resolutions, audio, promptLimit }), ratios: klingRatios, ...reworks }
}

export const sandboxModels = table<KlingModel>({
  'kling-v1': { ...legacyModels['kling-v1'], ...reworks },
  'kling-v2-master': { ...legacyModels['kling-v2-master'], ...reworks },
  jimeng_vgfm_t2v_l20: ruledBy(jimengModels.jimeng_vgfm_t2v_l20),
  jimeng_vgfm_i2v_l20: ruledBy(jimengModels.jimeng_vgfm_i2v_l20),
  viduq1: ruledBy(viduModels.viduq1),
  'sora-2': ruledBy(openai.models['sora-2'])
})
