import { ApiError } from '../../errors.ts'

/** Returns the 400 for a field of the wire that cannot be honoured. `reason`: a phrase without a full stop. */
export const refuse = (param: string, reason: string) =>
  new ApiError('unsupported', { param, message: `${param}: ${reason}.` })

/** Returns the 400 for a request that lacks something or has it in another form. */
export const invalid = (param: string, reason: string) =>
  new ApiError('invalid_request', { param, message: `${param}: ${reason}.` })
