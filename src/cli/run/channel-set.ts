import { vendors } from '../../vendors/index.ts'
import { nullIfNone } from '../arguments.ts'
import { credentialOf, type ChannelOptions } from '../channel-options.ts'
import { ask } from '../client.ts'
import { usage } from '../exit.ts'
import { findChannel, type Channel } from '../find.ts'
import { withClient } from '../open.ts'
import { print, say, type Format } from '../print.ts'
import { readOptions, regionOf } from './channel-settings.ts'

interface SetOptions extends ChannelOptions, Format {
  enable?: boolean
  disable?: boolean
}

export const setChannel = (wanted: string, options: SetOptions) =>
  withClient(async client => {
    const before = await findChannel(client, wanted)
    const set = changesOf(before, options)
    if (Object.values(set).every(value => value === undefined))
      throw usage('Name what to change, e.g. --max-concurrency 10. See: channels set --help')
    const changed = await ask<Channel>(client, 'PATCH', `/admin/channels/${before.id}`, set)
    print(changed, options, ({ name }) => say(`Channel ${name} is changed.`))
  })

function changesOf(before: Channel, options: SetOptions) {
  const { name, baseUrl, region, option, enable, disable } = options
  const vendor = vendors[before.vendor]
  if (!vendor) throw usage(`This version has no vendor ${before.vendor}.`)
  return {
    name,
    base_url: region === undefined ? baseUrl : regionOf(vendor, region).baseUrl,
    credential: credentialOf(options),
    options: option && { ...before.options, ...readOptions(vendor, option) },
    models: modelsOf(before, options),
    max_concurrency: nullIfNone(options.maxConcurrency),
    submits_per_minute: nullIfNone(options.submitsPerMinute),
    priority: options.priority,
    weight: options.weight,
    disabled: (enable ?? disable) === undefined ? undefined : disable === true
  }
}

/** Returns the models with those that are added, without those that are removed. */
function modelsOf({ name, models: before }: Channel, { model, removeModel = [] }: SetOptions) {
  if (model === undefined && removeModel.length === 0) return undefined
  const unknown = removeModel.find(one => !Object.hasOwn(before, one))
  if (unknown !== undefined) throw usage(`--remove-model ${unknown}: channel ${name} does not offer it.`)
  return Object.fromEntries(Object.entries({ ...before, ...model }).filter(([one]) => !removeModel.includes(one)))
}
