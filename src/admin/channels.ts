import type { Channel, Db } from '../db/index.ts'
import { channelFields, system, type By, type Change } from '../domain/audit.ts'
import { maskedNames, unmaskedOptions } from '../domain/secret-options.ts'
import { ApiError } from '../errors.ts'
import { defined } from '../lib/defined.ts'
import { newId } from '../lib/ids.ts'
import type { Vault } from '../lib/vault.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { Exchange } from '../upstream/exchange.ts'
import { UpstreamError } from '../upstream/upstream-error.ts'
import type { ChannelConfig, Vendor } from '../vendors/vendor.ts'
import { damageIn, intact } from '../lib/damaged.ts'
import { credentialContext } from '../lib/encryption-context.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Audit } from './audit.ts'
import { invalid, type ChannelChecks } from './channel-checks.ts'
import type { RefuseManaged } from './managed.ts'

/** The settings of a channel that an operator may change; the credential as text or by field. */
export interface ChannelSettings {
  name: string
  vendor: string
  base_url?: string | undefined
  credential: string | Record<string, string>
  options: Record<string, unknown>
  models: Record<string, string>
  max_concurrency: number | null
  submits_per_minute: number | null
  priority: number
  weight: number
  disabled: boolean
}

/** What a free call to a vendor showed. `free`: there is such a call; `kind`: why it failed. */
export interface ChannelTest {
  ok: boolean
  free: boolean
  message: string
  latency_ms: number | null
  kind: string | null
}

interface Dependencies {
  store: ChannelStore
  audit: Audit
  routing: Pick<Routing, 'changed' | 'channel'>
  exchange: Exchange
  vault: Vault
  checks: ChannelChecks
  refuseManaged: RefuseManaged
  now(): number
}

/** Channels: accounts at vendors. Credentials can be written, but never read. */
export function createChannels({ store, audit, routing, exchange, vault, checks, refuseManaged, now }: Dependencies) {
  const { vendorOf, checkCredential, checkOptions, checkBaseUrl } = checks

  const encryptCredential = (vendor: Vendor, channelId: string, given: string | Record<string, string>): string =>
    vault.encrypt(JSON.stringify(checkCredential(vendor, given)), credentialContext(channelId))

  async function probe(vendor: Vendor, config: ChannelConfig): Promise<ChannelTest> {
    const request = vendor.probe?.(config)
    if (!request)
      return {
        ok: true,
        free: false,
        message: `${vendor.name} has no free call, so only a first video can prove the credential.`,
        latency_ms: null,
        kind: null
      }
    const startedAt = now()
    const outcome = (kind: string | null, message: string): ChannelTest => ({
      ok: kind === null,
      free: true,
      message,
      latency_ms: Math.max(0, Math.round(now() - startedAt)),
      kind
    })
    try {
      const answer = await exchange.ask(vendor, config, request)
      const failure = vendor.probed
        ? vendor.probed(answer)
        : answer.status === 401 || answer.status === 403
          ? { kind: 'auth', message: `HTTP ${answer.status}` }
          : null
      if (failure) return outcome(failure.kind, `${vendor.name} rejected the credential: ${failure.message}`)
      if (answer.status >= 500) return outcome('server', `${vendor.name} answered HTTP ${answer.status}.`)
      return outcome(null, `${vendor.name} accepted the credential.`)
    } catch (error) {
      if (error instanceof UpstreamError) return outcome('no_answer', `No answer: ${error.message}`)
      throw error
    }
  }

  /** The stored credential is sent to no other server than the one it was given for. */
  function checkSameOrigin(before: string, after: string) {
    if (new URL(before).origin !== new URL(after).origin)
      throw invalid('credential', 'is needed again, because base_url names another server')
  }

  /** Throws conflict when another channel has the name; frees the name of a deleted one. */
  async function claimName(tx: Db, name: string, except?: string) {
    const other = await store.byName(name, tx)
    if (other && other.id !== except && other.deletedAt === null)
      throw new ApiError('conflict', {
        param: 'name',
        message: `name: another channel is already named ${name}.`,
        shouldRetry: false
      })
    // a deleted channel keeps its row for its tasks, but not its name
    if (other && other.deletedAt !== null) await store.rename(other.id, `${other.name} (${other.id})`, tx)
  }

  async function change(
    id: string,
    action: 'channel.update' | 'channel.delete',
    by: By,
    changed: (before: Channel, tx: Db) => Promise<Partial<Channel>>
  ): Promise<Channel> {
    const channel = await audit.record(by, async tx => {
      const row = await store.lock(id, tx)
      if (!row) throw notFound(id)
      await refuseManaged('channel', id, tx)
      const before = intact(row)
      const set = await changed(before, tx)
      const after = { ...before, ...set }
      if (Object.keys(set).length === 0) return [before, null] as const
      await store.update(id, set, tx)
      const fields = {
        // the credential is never shown, only that it was replaced
        before: { ...channelFields(before), ...(set.credential !== undefined && { credential: '…' }) },
        after:
          action === 'channel.delete'
            ? null
            : { ...channelFields(after, before), ...(set.credential !== undefined && { credential: '… (new)' }) }
      }
      return [after, changeOf(action, after, fields)] as const
    })
    routing.changed()
    return channel
  }

  /** Tests the credential with a call that costs nothing, if the vendor has one. */
  async function test(id: string): Promise<ChannelTest> {
    const channel = await store.get(id)
    if (!channel || channel.deletedAt !== null) throw notFound(id)
    const connection = damageIn(channel).length ? null : await routing.channel(channel.id).catch(() => null)
    if (connection) return probe(connection.vendor, connection.config)
    const message = 'The row of this channel is damaged. Set its credential and its settings again.'
    return { ok: false, free: true, message, latency_ms: null, kind: 'damaged' }
  }

  return {
    /** Returns a channel, even a deleted one: old videos and usage name it. */
    async get(id: string): Promise<Channel> {
      const channel = await store.get(id)
      if (!channel) throw notFound(id)
      return channel
    },

    list: () => store.list(),

    /** Creates a channel. Throws invalid_request with the field that is wrong, and conflict when the name is taken. */
    async create(settings: ChannelSettings, by: By = system): Promise<Channel> {
      const vendor = vendorOf(settings.vendor)
      const id = newId('chan', now())
      const { name, models, priority, weight, disabled } = settings
      const channel: Channel = {
        id,
        name,
        vendor: vendor.id,
        baseUrl: checkBaseUrl(settings.base_url ?? vendor.baseUrl),
        credential: encryptCredential(vendor, id, settings.credential),
        options: checkOptions(vendor, settings.options),
        models,
        maxConcurrency: settings.max_concurrency,
        submitsPerMinute: settings.submits_per_minute,
        priority,
        weight,
        disabled,
        builtIn: false,
        health: { state: 'ok' },
        inFlight: 0,
        learnedLimit: null,
        nextSubmitAt: 0,
        probeAt: null,
        createdAt: now(),
        deletedAt: null
      }
      await audit.record(by, async tx => {
        await claimName(tx, name)
        await store.insert(channel, tx)
        return [channel, changeOf('channel.create', channel, { after: channelFields(channel) })] as const
      })
      routing.changed()
      return channel
    },

    /** Changes the given settings. A new credential applies from the next submit on and resets the channel's health. */
    async change(id: string, settings: Partial<ChannelSettings>, by: By = system): Promise<Channel> {
      return change(id, 'channel.update', by, async (channel, tx) => {
        const vendor = vendorOf(channel.vendor)
        if (settings.vendor !== undefined && settings.vendor !== channel.vendor)
          throw invalid('vendor', 'cannot be changed; create a new channel')
        if (settings.base_url !== undefined && settings.credential === undefined)
          checkSameOrigin(channel.baseUrl, checkBaseUrl(settings.base_url))
        if (settings.name !== undefined) await claimName(tx, settings.name, id)
        const { name, credential, base_url: baseUrl, options, models, priority, weight, disabled } = settings
        const { max_concurrency: maxConcurrency, submits_per_minute: submitsPerMinute } = settings
        const fresh = credential !== undefined || disabled === false
        return {
          ...defined({ name, models, priority, weight, disabled }),
          ...(baseUrl !== undefined && { baseUrl: checkBaseUrl(baseUrl) }),
          ...(credential !== undefined && { credential: encryptCredential(vendor, id, credential) }),
          ...(options !== undefined && { options: checkOptions(vendor, unmaskedOptions(options, channel.options)) }),
          ...(maxConcurrency !== undefined && { maxConcurrency, learnedLimit: null }),
          ...(submitsPerMinute !== undefined && { submitsPerMinute, nextSubmitAt: 0 }),
          ...(fresh && { health: { state: 'ok' as const }, probeAt: null })
        }
      })
    },

    /** Deletes a channel: it gets no new tasks, but running ones are followed to their end. */
    async remove(id: string, by: By = system): Promise<void> {
      await change(id, 'channel.delete', by, async () => ({ deletedAt: now(), disabled: true }))
    },

    test,

    /** Whether a free call proves the credential; null: the vendor has none. */
    async proves(id: string): Promise<boolean | null> {
      const { ok, free } = await test(id)
      return free ? ok : null
    },

    /** The same for settings that are not saved. Throws invalid_request with the field that is wrong. */
    async testSettings(settings: ChannelSettings): Promise<ChannelTest> {
      const vendor = vendorOf(settings.vendor)
      return probe(vendor, {
        baseUrl: checkBaseUrl(settings.base_url ?? vendor.baseUrl),
        credential: checkCredential(vendor, settings.credential),
        options: checkOptions(vendor, withoutMasked(settings.options))
      })
    }
  }
}

export type Channels = ReturnType<typeof createChannels>

const changeOf = (
  action: Change['action'],
  { id, name }: Channel,
  fields: Pick<Change, 'before' | 'after'>
): Change => ({ action, target: { type: 'channel', id, name }, ...fields })

/** The secret of a channel that is edited, and that its test does not need. */
const withoutMasked = (options: Record<string, unknown>) => {
  const masked = maskedNames(options)
  return Object.fromEntries(Object.entries(options).filter(([name]) => !masked.includes(name)))
}

const notFound = (id: string) => new ApiError('not_found', { param: 'id', message: `There is no channel ${id}.` })
