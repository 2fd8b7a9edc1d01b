import { ok, problem, some, type Check } from './check.ts'

/* What is switched off, and why, by name: from rows of the database or from answers of a server. */

interface Channel {
  name: string
  disabled: boolean
  health: { state: string; reason?: string | null | undefined }
}

interface Endpoint {
  name: string | null
  url: string
  disabled: boolean
  disabledReason: string | null
}

/** `enabled`: what else is known of a channel in use. */
export function channelState({ name, disabled, health: { state, reason } }: Channel, enabled: string): Check {
  const check = `channel ${name}`
  if (disabled) return ok(check, `disabled by an operator. Enable it: reelay channels enable ${name}`)
  const why = reason ?? 'unknown reason'
  if (state === 'disabled')
    return problem(check, `disabled after a failure: ${why}. Enable it: reelay channels enable ${name}`)
  return ok(check, state === 'cooling' ? `${enabled}; cooling down: ${why}` : enabled)
}

export function disabledModels(models: readonly { name: string; disabled: boolean }[]): Check {
  const off = models.filter(({ disabled }) => disabled).map(({ name }) => name)
  return ok('models', off.length ? `disabled by an operator: ${some(off)}` : 'none is disabled')
}

export function disabledKeys(keys: readonly { name: string; disabled: boolean }[]): Check {
  const off = keys.filter(({ disabled }) => disabled).map(({ name }) => name)
  return ok('keys', off.length ? `disabled by an operator: ${some(off)}` : 'none is disabled')
}

/** One that its owner disabled is no problem; one that never answered is. */
export function disabledEndpoints(endpoints: readonly Endpoint[]): Check {
  const off = endpoints.filter(({ disabled }) => disabled)
  const failed = off.filter(({ disabledReason }) => disabledReason !== BY_OWNER)
  const text = some(off.map(({ name, url, disabledReason }) => `${name ?? new URL(url).host}: ${disabledReason}`))
  if (failed.length)
    return problem('webhook endpoints', `disabled: ${text}. When the receiver answers again, its owner enables it.`)
  return ok('webhook endpoints', off.length ? `disabled: ${text}` : 'none is disabled')
}

const BY_OWNER = 'disabled by its owner'
