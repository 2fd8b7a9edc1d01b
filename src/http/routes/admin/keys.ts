import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Key } from '../../../db/index.ts'
import { parseNetwork } from '../../../lib/address.ts'
import { defined } from '../../../lib/defined.ts'
import type { Accounts, KeyAccount } from '../../../admin/accounts.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { Keys, KeySettings } from '../../../admin/keys.ts'
import { parse } from '../../parse.ts'
import { scopes } from '../../../domain/permissions.ts'
import { intact } from '../../../lib/damaged.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { listQuery, page } from '../list.ts'
import { damageOf } from './damage.ts'
import { amount, currency, durationPolicy, timezone } from './fields.ts'

export interface KeyServices {
  keys: Keys
  accounts: Accounts
}

const count = z.int().min(1).max(1_000_000).nullable()

export const settings = z.strictObject({
  name: z.string().trim().min(1).max(200),
  role: z.enum(['member', 'admin']).optional(),
  scopes: z.array(z.enum(scopes)).max(scopes.length).nullable().optional(),
  owner: z.string().max(200).nullable().optional(),
  models: z.array(z.string().min(1).max(200)).max(1000).nullable().optional(),
  ip_allowlist: z
    .array(z.string().refine(text => parseNetwork(text) !== null, 'must be an IP address or a CIDR range'))
    .max(1000)
    .nullable()
    .optional(),
  expires_at: z.int().min(0).max(1e11).nullable().optional(),
  requests_per_minute: count.optional(),
  max_concurrency: count.optional(),
  max_queued: count.optional(),
  budget: z
    .strictObject({
      amount,
      currency,
      window: z.enum(['total', 'daily', 'weekly', 'monthly']),
      timezone: timezone.default('UTC')
    })
    .nullable()
    .optional(),
  dialect: z.enum(['auto', 'openai', 'unified', 'newapi']).optional(),
  duration_policy: durationPolicy.optional(),
  disabled: z.boolean().optional()
})

// a week: whoever needs longer should create a second key
export const rotation = z.strictObject({ keep_old_for_hours: z.int().min(0).max(168).default(0) })

export async function keyRoutes(app: FastifyInstance, { keys, accounts }: KeyServices) {
  async function show(key: Key) {
    const [account] = await accounts.ofKeys([key])
    return showKey(account!) // one for each key
  }

  app.post('/keys', needs('keys:write'), async (request, reply) => {
    const { name, ...rest } = parse(settings, request.body)
    const { key, secret } = await keys.create({ name, ...toSettings(rest) }, byOf(request))
    return reply.code(201).send({ ...(await show(key)), key: secret })
  })

  app.get('/keys', needs('keys:read', query), async request => {
    const { after, limit } = parse(query, request.query)
    const found = await keys.list({ limit: limit + 1, ...defined({ after }) })
    return page((await accounts.ofKeys(found.slice(0, limit))).map(showKey), found.length > limit)
  })

  app.get<{ Params: { id: string } }>('/keys/:id', needs('keys:read'), async request =>
    show(await keys.get(request.params.id))
  )

  app.patch<{ Params: { id: string } }>('/keys/:id', needs('keys:write'), async request => {
    const set = toSettings(parse(settings.partial(), request.body))
    return show(await keys.update(request.params.id, set, byOf(request)))
  })

  app.delete<{ Params: { id: string } }>('/keys/:id', needs('keys:write'), async request => {
    const { id } = request.params
    await keys.revoke(id, byOf(request))
    return { id, object: 'key.deleted', deleted: true }
  })

  app.post<{ Params: { id: string } }>('/keys/:id/rotate', needs('keys:write'), async request => {
    const { keep_old_for_hours: hours } = parse(rotation, request.body ?? {})
    const { key, secret } = await keys.rotate(request.params.id, hours, byOf(request))
    return { ...(await show(key)), key: secret }
  })
}

/** Returns the settings of a key as its row has them. */
export function toSettings(given: z.infer<ReturnType<typeof settings.partial>>): Partial<KeySettings> {
  const { ip_allowlist, expires_at, requests_per_minute, max_concurrency, max_queued, duration_policy, ...same } = given
  return defined({
    ...same,
    ipAllowlist: ip_allowlist,
    expiresAt: typeof expires_at === 'number' ? expires_at * 1000 : expires_at,
    requestsPerMinute: requests_per_minute,
    maxConcurrency: max_concurrency,
    maxQueued: max_queued,
    durationPolicy: duration_policy
  })
}

// always newest first
export const query = listQuery('key', 'key').omit({ order: true })

/** Returns a key without its secret. */
export function showKey({ key: row, usage, queued, days, managedBy }: KeyAccount) {
  const key = intact(row)
  const money = (micro: number) => ({ amount: toDecimal(micro), currency: usage.currency })
  const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))
  return {
    id: key.id,
    object: 'key' as const,
    name: key.name,
    hint: key.hint,
    role: key.role,
    scopes: key.scopes,
    owner: key.owner,
    models: key.models,
    ip_allowlist: key.ipAllowlist,
    expires_at: seconds(key.expiresAt),
    requests_per_minute: key.requestsPerMinute,
    max_concurrency: key.maxConcurrency,
    max_queued: key.maxQueued,
    budget: key.budget,
    dialect: key.dialect,
    duration_policy: key.durationPolicy,
    disabled: key.disabled,
    last_used_at: seconds(key.lastUsedAt),
    last_used_ip: key.lastUsedIp,
    // of the secret before the last rotation, while it is valid
    old_expires_at: seconds(key.oldExpiresAt),
    old_last_used_at: seconds(key.oldLastUsedAt),
    // in the current window of its budget, else since it was created
    spent: money(usage.spent),
    held: money(usage.held),
    remaining: usage.budget && money(usage.budget.remaining),
    resets_at: seconds(usage.budget?.resetsAt ?? null),
    in_flight: key.inFlight,
    queued,
    days: days.map(({ day, spent, videos }) => ({
      day: new Date(day * 86_400_000).toISOString().slice(0, 10),
      spent: money(spent),
      videos
    })),
    managed_by: managedBy,
    created_at: seconds(key.createdAt),
    revoked_at: seconds(key.revokedAt),
    ...damageOf(row)
  }
}
