import { z } from 'zod'
import { generalOptions } from '../vendors/shared/options.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { usage } from './exit.ts'

/* What a vendor wants to know of a channel, read off its own description, so that a new vendor needs no line here. */

export interface ChannelOption {
  name: string
  about: string
  required: boolean
  /** every channel may carry it; nobody is asked for it */
  general: boolean
  /** the only values there are, as text */
  choices: readonly string[] | null
  field: z.ZodType
}

export function optionsOf(vendor: Vendor): ChannelOption[] {
  if (!(vendor.options instanceof z.ZodObject)) return []
  return Object.entries(vendor.options.shape as Record<string, z.ZodType>).map(([name, field]) => ({
    // true of every ZodObject
    name,
    about: field.description ?? name,
    required: !field.isOptional(),
    general: name in generalOptions || name === 'sandbox',
    choices: choicesOf(field),
    field
  }))
}

/** Credential fields that a channel cannot do without; of vendors with several kinds of credential, none. */
export const neededFields = ({ credential }: Vendor) => credential.fields.filter(({ optional }) => !optional)

/** A vendor whose `baseUrl` is a placeholder: each customer has an address of its own. */
export const needsBaseUrl = ({ baseUrl }: Vendor) => new URL(baseUrl).hostname.endsWith('.invalid')

/** Models worth offering: those the vendor still serves. */
export const offeredModels = ({ models }: Vendor) => Object.keys(models).filter(name => !models[name]?.retired)

/** Turns the text of an option into what its schema wants. Throws a usage error with what is wrong. */
export function readOption(vendor: Vendor, name: string, text: string): unknown {
  const option = optionsOf(vendor).find(one => one.name === name)
  if (!option) {
    const known = optionsOf(vendor).map(one => one.name)
    throw usage(`--option ${name}: ${vendor.name} has no such option; it has ${known.join(', ')}`)
  }
  const asText = option.field.safeParse(text)
  if (asText.success) return asText.data
  const value = parsed(text)
  const asJson = option.field.safeParse(value)
  // an optional field takes undefined too, which is no answer
  if (value !== undefined && asJson.success) return asJson.data
  const expected = option.choices ? `must be ${option.choices.join(' or ')}` : asText.error.issues[0]?.message
  throw usage(`--option ${name}: ${expected} (${option.about})`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function choicesOf(field: z.ZodType): string[] | null {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field
  if (inner instanceof z.ZodEnum) return inner.options.map(String)
  return inner instanceof z.ZodBoolean ? ['true', 'false'] : null
}
