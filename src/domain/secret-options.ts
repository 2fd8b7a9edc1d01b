/* Options of a channel that are secrets: those that vendors sign their callbacks with. They can be written, but never read. */

const MASK = '…'

export const isSecretOption = (name: string) => name.endsWith('secret')

type Options = Record<string, unknown>

/** Returns the options as they are shown. `before`: those that they replace; a secret that differs says that it is new. */
export const maskedOptions = (options: Options, before: Options = options): Options =>
  mapped(options, (name, value) => (isSecretOption(name) ? (value === before[name] ? MASK : `${MASK} (new)`) : value))

/** Returns options as they came back from a client, with `before`'s secrets where it sent the mask. */
export const unmaskedOptions = (options: Options, before: Options): Options =>
  mapped(options, (name, value) => (isMasked(name, value) && Object.hasOwn(before, name) ? before[name] : value))

/** Returns the names of secrets that are only a mask. */
export const maskedNames = (options: Options): string[] =>
  Object.entries(options).flatMap(([name, value]) => (isMasked(name, value) ? [name] : []))

const isMasked = (name: string, value: unknown) => isSecretOption(name) && value === MASK

const mapped = (options: Options, change: (name: string, value: unknown) => unknown): Options =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, change(name, value)]))
