import { z } from 'zod'
import { generalOptions } from '../../vendors/shared/options.ts'
import type { Region, Vendor } from '../../vendors/vendor.ts'
import { usage } from '../exit.ts'

/* The settings of a vendor's channels, derived from its description, so that a new vendor needs no code here. */

export interface ChannelOption {
  name: string
  about: string
  required: boolean
  /** an option of every channel, which is not asked for */
  general: boolean
  /** the only values, as text */
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

/** The required credential fields; none for vendors with several kinds of credential. */
export const neededFields = ({ credential }: Vendor) => credential.fields.filter(({ optional }) => !optional)

/** Whether the vendor's `baseUrl` is a placeholder: each customer has its own address. */
export const needsBaseUrl = ({ baseUrl }: Vendor) => new URL(baseUrl).hostname.endsWith('.invalid')

/** Returns one of a vendor's regions. Throws a usage error with those that it has. */
export function regionOf({ name, regions = [] }: Vendor, id: string): Region {
  const region = regions.find(one => one.id === id)
  if (region) return region
  const known = regions.map(one => `${one.id} (${one.label})`).join(', ')
  throw usage(`--region ${id}: ${name} has ${known ? `only ${known}` : 'one address for all'}. Leave --region out.`)
}

/** The models that the vendor still serves. */
export const offeredModels = ({ models }: Vendor) => Object.keys(models).filter(name => !models[name]?.retired)

/** Parses the text of an option by its schema. Throws a usage error with what is wrong. */
export function readOption(vendor: Vendor, name: string, text: string): unknown {
  const option = optionsOf(vendor).find(one => one.name === name)
  if (!option) {
    const known = optionsOf(vendor).map(one => one.name)
    throw usage(`--option ${name}: ${vendor.name} has no such option. Its options are ${known.join(', ')}.`)
  }
  const asText = option.field.safeParse(text)
  if (asText.success) return asText.data
  const value = parsed(text)
  const asJson = option.field.safeParse(value)
  // an optional field accepts undefined too, which is not a value
  if (value !== undefined && asJson.success) return asJson.data
  const expected = option.choices ? `must be ${option.choices.join(' or ')}` : asText.error.issues[0]?.message
  throw usage(`--option ${name}: ${expected} (${option.about}).`)
}

/** Reads options of a vendor by its own schema. */
export const readOptions = (vendor: Vendor, given: Record<string, string>) =>
  Object.fromEntries(Object.entries(given).map(([key, text]) => [key, readOption(vendor, key, text)]))

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
