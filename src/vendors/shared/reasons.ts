import type { Callback, ImageRole } from '../vendor.ts'

/*
 * The reasons of refusals and warnings that several vendors give, worded once. Clients read them after the field's name,
 * `duration: kling-v1 supports 5 or 10 seconds.`, so a reason begins in lower case and has no full stop.
 */

/** `subject`: the model, or the vendor. */
export const notSupported = (subject: string) => `${subject} does not support this setting`

/** The only values that are accepted, with their unit. */
export function supports(subject: string, values: readonly (string | number)[], unit?: string): string {
  return [subject, 'supports', either.format(values.map(String)), ...(unit ? [unit] : [])].join(' ')
}

const either = new Intl.ListFormat('en', { type: 'disjunction' })

export const requires = (subject: string, what: string) => `${subject} requires ${what}`

export const images = {
  first: 'a first frame',
  last: 'a last frame',
  reference: 'a reference image'
} as const satisfies Record<ImageRole, string>

/** `sent` takes the place of a value that the model lacks. */
export const closest = (asked: string, sent: string) => `${asked} is not supported; using the closest, ${sent}`

/** For metadata that would change what the checked field of the request says. */
export const useField = (field: string) => `use the request field ${field} instead`

export const ratioFollowsImage = 'the aspect ratio follows the input image'

/** For a client's id in the place where ours goes. */
export const idIsOurs = 'ignored: reelay sends its own id here'

/** Reasons to refuse a callback, read after `The callback was refused: `. */
export const invalidSignature = { status: 'refused', reason: 'its signature is not valid' } as const satisfies Callback
export const unknownBody = { status: 'refused', reason: 'its body does not name a task' } as const satisfies Callback
