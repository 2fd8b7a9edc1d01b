import type { Key } from '../../db/index.ts'
import { ApiError } from '../../errors.ts'
import { inNetworks, parseNetwork } from '../../lib/address.ts'

/** Throws ip_not_allowed when a key may not be used from an address. */
export function checkAddress({ ipAllowlist }: Key, ip: string) {
  if (
    ipAllowlist &&
    !inNetworks(
      ip,
      ipAllowlist.map(parseNetwork).filter(network => network !== null)
    )
  )
    throw new ApiError('ip_not_allowed', { message: `This key is not allowed from ${ip}.` })
}
