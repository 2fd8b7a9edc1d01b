import { maskedNames } from '../domain/secret-options.ts'
import { ApiError } from '../errors.ts'
import { withoutTrailing } from '../lib/trailing.ts'
import type { Vendor } from '../vendors/vendor.ts'

interface Dependencies {
  vendors: Record<string, Vendor>
  /** why a URL may not be called; null: it may */
  refuseAddress(url: string): string | null
}

/** What only a channel's vendor knows of its settings. Each check throws invalid_request with the field that is wrong. */
export function createChannelChecks({ vendors, refuseAddress }: Dependencies) {
  return {
    vendorOf(id: string): Vendor {
      const vendor = Object.hasOwn(vendors, id) ? vendors[id] : undefined
      if (!vendor) throw invalid('vendor', `must be one of ${Object.keys(vendors).join(', ')}`)
      return vendor
    },

    /** Returns the credential by field. */
    checkCredential(vendor: Vendor, given: string | Record<string, string>): Record<string, string> {
      const credential = typeof given === 'string' ? vendor.credential.parse(given) : given
      const { fields } = vendor.credential
      if (!credential)
        throw invalid('credential', `${vendor.name} needs ${fields.map(({ label }) => label).join(' and ')}`)
      for (const { name, label, optional } of fields)
        if (!optional && !credential[name]) throw invalid(`credential.${name}`, `${label} is missing`)
      const unknown = Object.keys(credential).find(name => !fields.some(field => field.name === name))
      if (unknown) throw invalid(`credential.${unknown}`, `${vendor.name} has no such field`)
      return credential
    },

    /** Returns the options with their defaults. */
    checkOptions(vendor: Vendor, options: Record<string, unknown>): Record<string, unknown> {
      const [masked] = maskedNames(options)
      if (masked !== undefined) throw invalid(`options.${masked}`, 'is masked; enter the secret, or leave it out')
      const result = vendor.options.safeParse(options)
      if (result.success) return result.data
      const [issue] = result.error.issues
      const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
      const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].join('.')
      throw invalid(
        path ? `options.${path}` : 'options',
        unknown === undefined ? (issue?.message ?? 'is not valid') : `${vendor.name} has no such option`
      )
    },

    /** Returns the URL without a slash at its end. */
    checkBaseUrl(url: string): string {
      const reason = refuseAddress(url)
      if (reason) throw invalid('base_url', reason)
      return withoutTrailing(url, '/')
    }
  }
}

export type ChannelChecks = ReturnType<typeof createChannelChecks>

export const invalid = (param: string, reason: string) =>
  new ApiError('invalid_request', { param, message: `${param}: ${reason}.` })
