import { readFileSync } from 'node:fs'
import type { Vendor } from '../../vendors/vendor.ts'
import { needsBaseUrl, offeredModels, optionsOf, readOption } from './channel-settings.ts'

/** Asks a person; with @clack/prompts in a terminal. */
export interface Questions {
  text(question: {
    message: string
    placeholder?: string
    required: boolean
    check?(text: string): string | undefined
  }): Promise<string>
  secret(question: { message: string; required: boolean }): Promise<string>
  choose(question: {
    message: string
    choices: readonly { value: string; label: string; hint?: string }[]
  }): Promise<string>
  chooseSome(question: { message: string; choices: readonly string[] }): Promise<string[]>
}

/** A channel before and after its questions. */
export interface ChannelDraft {
  vendor: Vendor
  name?: string | undefined
  base_url?: string | undefined
  credential?: string | Record<string, string> | undefined
  options: Record<string, unknown>
  models: Record<string, string>
}

// with more fields the vendor provides a file, which nobody types
const MOST_TYPED = 3

/** Asks for what this vendor requires and the draft lacks. */
export async function completeDraft(draft: ChannelDraft, ask: Questions): Promise<ChannelDraft> {
  const { vendor } = draft
  const name =
    draft.name ?? (await ask.text({ message: 'Name of the channel', placeholder: vendor.id, required: false }))
  return {
    vendor,
    name: name || vendor.id,
    base_url: draft.base_url ?? (await askBaseUrl(vendor, ask)),
    credential: draft.credential ?? (await askCredential(vendor, ask)),
    options: { ...(await askOptions(draft, ask)), ...draft.options },
    models: Object.keys(draft.models).length ? draft.models : await askModels(vendor, ask)
  }
}

/** Asks for what decides the address: the region, or each customer's own; undefined: the vendor has one for all. */
async function askBaseUrl(vendor: Vendor, ask: Questions): Promise<string | undefined> {
  const { name, baseUrl, regions = [] } = vendor
  if (regions.length > 1)
    return ask.choose({
      message: `Region of your account at ${name}`,
      choices: regions.map(region => ({ value: region.baseUrl, label: region.label, hint: region.id }))
    })
  if (!needsBaseUrl(vendor)) return undefined
  return ask.text({
    message: `Base URL of your ${name}`,
    placeholder: baseUrl.replace('.invalid', '.com'),
    required: true,
    check: text => (URL.canParse(text) ? undefined : 'Enter a URL.')
  })
}

async function askCredential(vendor: Vendor, ask: Questions): Promise<string | Record<string, string>> {
  if (vendor.credential.fields.length > MOST_TYPED) {
    const given = await ask.text({
      message: `File with the credential of ${vendor.name}`,
      required: true,
      check: text =>
        vendor.credential.parse(readable(text) || text) ? undefined : 'This file contains no such credential.'
    })
    return readable(given) || given
  }
  const given: Record<string, string> = {}
  for (const { name, label, secret, optional = false } of vendor.credential.fields) {
    const message = optional ? `${label} (optional)` : label
    const answer = await (secret
      ? ask.secret({ message, required: !optional })
      : ask.text({ message, required: !optional }))
    if (answer) given[name] = answer.trim()
  }
  return given
}

async function askOptions({ vendor, options }: ChannelDraft, ask: Questions): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {}
  for (const { name, about, required, general, choices } of optionsOf(vendor)) {
    if (general || name in options) continue
    const message = `${name}: ${about}${required ? '' : ' (optional)'}`
    const answer =
      choices && !required
        ? await ask.choose({
            message: `${name}: ${about}`,
            choices: [{ value: '', label: 'default' }, ...choices.map(asChoice)]
          })
        : choices
          ? await ask.choose({ message, choices: choices.map(asChoice) })
          : await ask.text({ message, required, check: text => problemWith(vendor, name, text) })
    if (answer) given[name] = readOption(vendor, name, answer)
  }
  return given
}

async function askModels(vendor: Vendor, ask: Questions): Promise<Record<string, string>> {
  const known = offeredModels(vendor)
  if (known.length) {
    const chosen = await ask.chooseSome({ message: 'Models to offer, under their own names', choices: known })
    return Object.fromEntries(chosen.map(name => [name, name]))
  }
  const name = await ask.text({ message: `Name of a model at ${vendor.name} (optional)`, required: false })
  return name ? { [name]: name } : {}
}

const asChoice = (value: string) => ({ value, label: value })

function problemWith(vendor: Vendor, name: string, text: string): string | undefined {
  if (text === '') return undefined
  try {
    readOption(vendor, name, text)
  } catch (error) {
    return (error as Error).message // readOption throws nothing else
  }
  return undefined
}

function readable(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
