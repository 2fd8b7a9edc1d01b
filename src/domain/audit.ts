import type { ActorKind, AuditRow, Channel, Endpoint, Key, Model, User, Via } from '../db/index.ts'
import { allPermissions, type Permissions } from './permissions.ts'
import { maskedOptions } from './secret-options.ts'

/* What the audit says of a change: who made it, and which fields changed, without secrets. */

/** Who makes a change, and what they may do. */
export interface By {
  actor: { kind: ActorKind; id: string | null; name: string | null }
  via: Via
  ip: string | null
  requestId: string | null
  permissions: Permissions
}

export interface Target {
  type:
    | 'key'
    | 'channel'
    | 'model'
    | 'task'
    | 'character'
    | 'ledger'
    | 'webhook_endpoint'
    | 'webhook_delivery'
    | 'user'
    | 'session'
    | 'settings'
    | 'backup'
    | 'database'
    | 'secret_key'
  id: string | null
  name: string | null
}

type Fields = Record<string, unknown>

/** A change as a service states it. `before` null: it did not exist; `after` null: it no longer does. */
export interface Change {
  action: `${Target['type']}.${string}`
  target: Target
  before?: Fields | null
  after?: Fields | null
}

/** The program itself, at its start. */
export const system: By = {
  actor: { kind: 'system', id: null, name: 'reelay' },
  via: 'cli',
  ip: null,
  requestId: null,
  permissions: allPermissions
}

/** Returns the row of a change: of an object that existed and exists, only the fields that differ. */
export function auditRow({ actor, via, ip, requestId }: By, change: Change, id: string, now: number): AuditRow {
  const { action, target, before = null, after = null } = change
  const [old, fresh] = before && after ? difference(before, after) : [before, after]
  return {
    id,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    via,
    ip,
    action,
    targetType: target.type,
    targetId: target.id,
    targetName: target.name,
    before: old,
    after: fresh,
    requestId,
    createdAt: now
  }
}

function difference(before: Fields, after: Fields): [Fields, Fields] {
  const differ = Object.keys({ ...before, ...after }).filter(
    name => JSON.stringify(before[name]) !== JSON.stringify(after[name])
  )
  const pick = (fields: Fields) => Object.fromEntries(differ.map(name => [name, fields[name] ?? null]))
  return [pick(before), pick(after)]
}

/* The fields that the audit shows of each object, named as in the API. Secrets are not among them. */

export const keyFields = (key: Key): Fields =>
  named(key, [
    'name',
    'role',
    'scopes',
    'owner',
    'models',
    'ipAllowlist',
    'expiresAt',
    'requestsPerMinute',
    'maxConcurrency',
    'maxQueued',
    'budget',
    'dialect',
    'durationPolicy',
    'disabled',
    'hint',
    'oldExpiresAt'
  ])

/** `before`: the row that it replaces. */
export const channelFields = (channel: Channel, before = channel): Fields => ({
  ...named(channel, [
    'name',
    'vendor',
    'baseUrl',
    'models',
    'maxConcurrency',
    'submitsPerMinute',
    'priority',
    'weight',
    'disabled'
  ]),
  options: maskedOptions(channel.options, before.options)
})

export const modelFields = (model: Model): Fields =>
  named(model, ['candidates', 'prices', 'retryFailed', 'durationPolicy', 'disabled'])

export const userFields = (user: User): Fields => named(user, ['name', 'email', 'role', 'disabled'])

export const endpointFields = (endpoint: Endpoint): Fields => named(endpoint, ['name', 'url', 'events', 'disabled'])

/** `maxQueued` → `max_queued`; times become seconds, as in the API. */
function named<Row extends object>(row: Row, names: readonly (keyof Row & string)[]): Fields {
  return Object.fromEntries(
    names.map(name => {
      const value = row[name]
      const isTime = name.endsWith('At') && typeof value === 'number'
      return [
        name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
        isTime ? Math.floor(value / 1000) : value
      ]
    })
  )
}
