import type { Channel, NewChannel, OptionSchema, Vendor } from '../../api/types/index.ts'

/** One model of a channel: the name that clients use, and the vendor's. */
export interface Mapped {
  id: number
  name: string
  upstream: string
}

/** A channel as the form holds it: text where a person types. */
export interface Draft {
  name: string
  baseUrl: string
  /** by field; what is empty is not sent */
  credential: Record<string, string>
  options: Record<string, string>
  models: Mapped[]
  atOnce: string
  perMinute: string
  priority: string
  weight: string
}

let lastId = 0
export const mapped = (name = '', upstream = ''): Mapped => ({ id: ++lastId, name, upstream })

const textOf = (value: unknown) =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** Returns the form of a channel; without one that of a new one, with all models of the vendor under their own names. */
export function draftOf(vendor: Vendor, channel: Channel | null): Draft {
  if (!channel)
    return {
      name: vendor.id,
      baseUrl: vendor.base_url,
      credential: {},
      options: {},
      models: vendor.models.map(({ name }) => mapped(name, name)),
      atOnce: '',
      perMinute: '',
      priority: '0',
      weight: '1'
    }
  return {
    name: channel.name,
    baseUrl: channel.base_url,
    credential: {},
    options: Object.fromEntries(Object.entries(channel.options).map(([name, value]) => [name, textOf(value)])),
    models: Object.entries(channel.models).map(([name, upstream]) => mapped(name, upstream)),
    atOnce: textOf(channel.max_concurrency),
    perMinute: textOf(channel.submits_per_minute),
    priority: textOf(channel.priority),
    weight: textOf(channel.weight)
  }
}

/** Returns what the API takes. */
export function bodyOf(vendor: Vendor, draft: Draft): NewChannel {
  const count = (text: string) => (text.trim() === '' ? null : Number(text))
  const options = Object.entries(draft.options).filter(([, value]) => value.trim() !== '')
  return {
    name: draft.name.trim(),
    vendor: vendor.id,
    base_url: draft.baseUrl.trim(),
    credential: Object.fromEntries(
      Object.entries(draft.credential)
        .map(([name, value]) => [name, value.trim()] as const)
        .filter(([, value]) => value !== '')
    ),
    options: Object.fromEntries(
      options.map(([name, value]) => [name, valueOf(value.trim(), vendor.options.properties?.[name])])
    ),
    models: Object.fromEntries(
      draft.models
        .map(({ name, upstream }) => [name.trim() || upstream.trim(), upstream.trim() || name.trim()] as const)
        .filter(([name]) => name !== '')
    ),
    max_concurrency: count(draft.atOnce),
    submits_per_minute: count(draft.perMinute),
    priority: Number(draft.priority),
    weight: Number(draft.weight)
  }
}

/** Returns the fields that differ from the channel. */
export function changesOf(vendor: Vendor, draft: Draft, channel: Channel): Partial<NewChannel> {
  const before = bodyOf(vendor, draftOf(vendor, channel))
  return Object.fromEntries(
    Object.entries(bodyOf(vendor, draft)).filter(
      // true because both have the same fields
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof NewChannel])
    )
  )
}

/** What was typed, as the type that the option has. */
function valueOf(text: string, schema: OptionSchema | undefined): unknown {
  if (schema?.type === 'boolean') return text === 'true'
  if (schema?.type === 'number' || schema?.type === 'integer') return Number(text)
  if (schema?.type !== 'object' && schema?.type !== 'array') return text
  try {
    return JSON.parse(text)
  } catch {
    // the gateway says what is wrong with it
    return text
  }
}
