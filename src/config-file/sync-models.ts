import { invalid } from '../admin/channel-checks.ts'
import type { ModelSettings } from '../admin/models.ts'
import type { Candidate, Model } from '../db/index.ts'
import { toSettings } from '../http/routes/admin/models.ts'
import { intact } from '../lib/damaged.ts'
import { changesOf, differenceOf } from './ownership.ts'
import type { FileModel } from './schema.ts'
import type { Sync, Tools } from './tools.ts'

/** What a model has that a file says nothing of. */
export const blank = {
  candidates: null,
  prices: [],
  retryFailed: false,
  durationPolicy: null,
  disabled: false
} satisfies ModelSettings

export async function syncModels({ tools, file, ownership, attempt }: Sync): Promise<void> {
  const { models, stores, by } = tools
  for (const [index, model] of file.content.models.entries()) {
    const path = ['models', index]
    await attempt(path, async () => {
      const { name, ...given } = model
      const wanted = { ...blank, ...toSettings({ ...given, candidates: await candidatesOf(tools, model) }) }
      const row = await stores.models.get(name)
      const difference = differenceOf(row ? settingsOf(row) : {}, wanted)
      if (Object.keys(difference).length) await models.put(name, changesOf(difference), by)
      await ownership.own('model', { id: name, name }, file.position(path).line, row ? difference : 'new')
    })
  }
}

/** Returns the candidates with the ids of the channels that they name. */
async function candidatesOf({ stores }: Tools, { candidates = null }: FileModel): Promise<Candidate[] | null> {
  if (candidates === null) return null
  const found: Candidate[] = []
  for (const [index, candidate] of candidates.entries()) {
    const channel = await stores.channels.byName(candidate.channel)
    if (!channel || channel.deletedAt !== null)
      throw invalid(`candidates.${index}.channel`, `there is no channel ${candidate.channel}`)
    found.push({ ...candidate, channel: channel.id })
  }
  return found
}

export async function disableModel({ models, stores, by }: Tools, name: string) {
  const row = await stores.models.get(name)
  if (!row) return null
  if (!row.disabled) await models.put(name, { disabled: true }, by)
  return { name, disabled: !row.disabled }
}

export function settingsOf(row: Model) {
  const { candidates, prices, retryFailed, durationPolicy, disabled } = intact(row)
  return { candidates, prices, retryFailed, durationPolicy, disabled }
}
