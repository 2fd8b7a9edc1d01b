import type { DurationPolicy } from '../db/index.ts'
import { lengthsInstead, nearestLength } from '../domain/fit.ts'
import type { Route } from '../domain/route.ts'
import { describe, hasWrongLength, isPlan, limitsOf, withWarnings, type Description } from './describe.ts'

/** What a route makes instead of a length that its vendor refused. */
interface Fit {
  refused: Description
  /** the lengths that the policy allows, best first */
  lengths: readonly number[]
  /** the request at the first of them that the vendor does not refuse for its length */
  accepted: Description
}

/**
 * Describes a request that no route can make at the asked length: at the nearest length that some route makes, which is then the task's length
 * on every route. Returns undefined when no route or no policy allows another length.
 */
export function fitted(
  descriptions: readonly Description[],
  policyOf: (route: Route) => DurationPolicy
): Description[] | undefined {
  const fits = descriptions.flatMap(refused => fitOf(refused, policyOf(refused.route)))
  const possible = fits.some(({ accepted }) => isPlan(accepted))
    ? fits.filter(({ accepted }) => isPlan(accepted))
    : fits
  const asked = descriptions[0]?.video.seconds ?? 0
  const length = nearestLength(
    asked,
    possible.map(({ accepted }) => accepted.video.seconds ?? 0)
  )
  if (length === undefined) return undefined
  const warning = {
    field: 'duration',
    reason: `${asked} seconds is not supported; using the nearest supported length, ${length}`
  }
  return descriptions.map(description => {
    const fit = possible.find(({ refused }) => refused === description)
    if (!fit?.lengths.includes(length)) return description
    return withWarnings(fit.accepted.video.seconds === length ? fit.accepted : at(length, description), [warning])
  })
}

function fitOf(refused: Description, policy: DurationPolicy): Fit[] {
  const { route, config, video } = refused
  if (video.seconds === undefined || !hasWrongLength(refused)) return []
  const lengths = lengthsInstead(video.seconds, limitsOf(route, config, video), policy)
  for (const length of lengths) {
    const accepted = at(length, refused)
    if (!hasWrongLength(accepted)) return [{ refused, lengths, accepted }]
  }
  return []
}

const at = (seconds: number, { route, config, video }: Description) => describe(route, config, { ...video, seconds })
