import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Channel } from '../../../db/index.ts'
import type { Accounts, ChannelAccount } from '../../../admin/accounts.ts'
import type { Channels } from '../../../admin/channels.ts'
import { maskedOptions } from '../../../domain/secret-options.ts'
import { parse } from '../../parse.ts'
import { intact } from '../../../lib/damaged.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { page, pageOf, shortListQuery } from '../list.ts'
import { damageOf } from './damage.ts'

export interface ChannelServices {
  channels: Channels
  accounts: Accounts
}

const modelName = z.string().trim().min(1).max(200)
const count = z.int().min(1).max(1_000_000).nullable()

export const settings = z.strictObject({
  name: z.string().trim().min(1).max(200),
  vendor: z.string().min(1),
  base_url: z.string().min(1).max(2048).optional(),
  credential: z.union([z.string().min(1).max(20_000), z.record(z.string(), z.string().max(20_000))]),
  options: z.record(z.string(), z.unknown()).default({}),
  models: z.record(modelName, modelName).default({}),
  max_concurrency: count.default(null),
  submits_per_minute: count.default(null),
  priority: z.int().min(-1000).max(1000).default(0),
  weight: z.number().min(0).max(1000).int().default(1),
  disabled: z.boolean().default(false)
})

// without the defaults: PATCH changes only the fields it contains
export const changes = z.strictObject(
  Object.fromEntries(
    Object.entries(settings.shape).map(([name, field]) => [
      name,
      (field instanceof z.ZodDefault ? field.unwrap() : field).optional()
    ])
  )
) as unknown as z.ZodType<Partial<z.infer<typeof settings>>> // the same fields, each optional

export async function channelRoutes(app: FastifyInstance, { channels, accounts }: ChannelServices) {
  async function show(channel: Channel) {
    const [account] = await accounts.ofChannels([channel])
    return showChannel(account!) // one for each channel
  }

  app.post('/channels', needs('channels:write'), async (request, reply) => {
    const made = await channels.create(parse(settings, request.body), byOf(request))
    return reply.code(201).send(await show(made))
  })

  app.get('/channels', needs('channels:read', shortListQuery), async request => {
    const query = parse(shortListQuery, request.query)
    const { items, hasMore } = pageOf(await channels.list(), query, ({ id }) => id)
    return page((await accounts.ofChannels(items)).map(showChannel), hasMore)
  })

  app.get<{ Params: { id: string } }>('/channels/:id', needs('channels:read'), async request =>
    show(await channels.get(request.params.id))
  )

  app.patch<{ Params: { id: string } }>('/channels/:id', needs('channels:write'), async request =>
    show(await channels.change(request.params.id, parse(changes, request.body), byOf(request)))
  )

  app.delete<{ Params: { id: string } }>('/channels/:id', needs('channels:write'), async request => {
    const { id } = request.params
    await channels.remove(id, byOf(request))
    return { id, object: 'channel.deleted', deleted: true }
  })

  // before it is saved
  app.post('/channels/test', needs('channels:write'), async request => ({
    object: 'channel.test',
    ...(await channels.testSettings(parse(settings, request.body)))
  }))

  app.post<{ Params: { id: string } }>('/channels/:id/test', needs('channels:write'), async request => ({
    id: request.params.id,
    object: 'channel.test',
    ...(await channels.test(request.params.id))
  }))
}

/** Returns a channel without its credential and its secrets. */
export function showChannel(account: ChannelAccount) {
  const { channel: row, ok, failed, p50, p95, queued, lastSuccessAt, lastError, credentialHint } = account
  const channel = intact(row)
  const { state, reason, since, until } = channel.health
  return {
    id: channel.id,
    object: 'channel' as const,
    name: channel.name,
    vendor: channel.vendor,
    base_url: channel.baseUrl,
    options: maskedOptions(channel.options),
    models: channel.models,
    max_concurrency: channel.maxConcurrency,
    submits_per_minute: channel.submitsPerMinute,
    priority: channel.priority,
    weight: channel.weight,
    disabled: channel.disabled,
    built_in: channel.builtIn,
    in_flight: channel.inFlight,
    learned_limit: channel.learnedLimit,
    queued,
    health: {
      state,
      reason: reason ?? null,
      since: seconds(since ?? null),
      until: seconds(until ?? null),
      last_error: lastError && {
        kind: lastError.failure.kind,
        code: lastError.failure.code ?? null,
        message: lastError.failure.message,
        at: seconds(lastError.at)
      }
    },
    last_success_at: seconds(lastSuccessAt),
    credential_hint: credentialHint,
    // of the last 24 hours
    stats: { ok, failed, p50_ms: p50, p95_ms: p95 },
    managed_by: account.managedBy,
    created_at: Math.floor(channel.createdAt / 1000),
    deleted_at: channel.deletedAt === null ? null : Math.floor(channel.deletedAt / 1000),
    ...damageOf(row)
  }
}

const seconds = (time: number | null) => (time === null ? null : Math.floor(time / 1000))
