import type { WireRequest } from '../front.ts'

/*
 * Our ids in the form that a wire's clients accept. Each is a bijection of the 32 hexadecimal digits of `video_…`, so that nothing has to be
 * remembered; all accept our own form, too.
 */

const digits = /^[0-9a-f]{32}$/

/** Returns our id for an id of a client: ours, a UUID, the bare digits, or these behind a prefix. Anything else stays, and is not found. */
export function ourId(text: string): string {
  const bare = text.replace(/^[a-z]+[_-](?=[0-9a-f])/, '').replaceAll('-', '')
  return digits.test(bare) ? `video_${bare}` : text
}

/** Returns our id for `{id}` in the path of a route. */
export const idIn = ({ params }: Pick<WireRequest, 'params'>) => ourId(params.id ?? '')

/**
 * Returns our id of the video whose first file a link leads to; undefined: it leads elsewhere. `origin`: the address of the server, whose signed
 * links they are.
 */
export function idOfLink(link: string, origin: string): string | undefined {
  const path = link.startsWith(`${origin}/`) ? link.slice(origin.length) : ''
  return /^\/v1\/videos\/(video_[0-9a-f]{32})\/content(?!.*[?&]number=[1-9])(?:\?|$)/.exec(path)?.[1]
}

/** The 32 digits alone. */
export const bareId = (id: string) => id.replace(/^video_/, '')

/** The digits behind another prefix, e.g. `xvid_…`. */
export const prefixedId = (prefix: string, id: string) => prefix + bareId(id)

/** As a UUID, which the digits are. */
export const uuid = (id: string) => bareId(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
