import { isUsable } from '../domain/route.ts'
import { damageIn, intact } from '../lib/damaged.ts'
import { toDecimal } from '../lib/money.ts'
import type { AccountStats } from '../stores/account-stats.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { ChannelStore, ModelStore } from '../stores/channels.ts'
import type { EndpointStore } from '../stores/endpoints.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { TaskSearchStore } from '../stores/task-search.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Pricing } from '../tasks/pricing.ts'
import type { Routing } from '../tasks/routing.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Disk } from './disk.ts'
import type { Usage } from './usage.ts'

/** Something that a person should look at now. */
export interface AttentionItem {
  kind:
    | 'channel_disabled'
    | 'channel_cooling'
    | 'no_channel'
    | 'needs_decision'
    | 'budget'
    | 'archive'
    | 'webhook_disabled'
    | 'webhook_failing'
    | 'unpriced'
    | 'disk'
    | 'damaged'
  severity: 'bad' | 'warn'
  subject: { type: string; id: string | null; name: string | null }
  /** milliseconds; null: unknown */
  since: number | null
  /** in English; whoever words it themselves takes the facts */
  reason: string
  facts: AttentionFacts
  /** what to do, as a key of the console's texts, and the page for it */
  action: { label_key: string; href: string }
}

/** What is known of it, as far as it applies. */
export interface AttentionFacts {
  count?: number
  held?: { amount: string; currency: string }
  used?: { amount: string; currency: string }
  budget?: { amount: string; currency: string }
  percent?: number
  window?: string
  /** tasks, or files, that wait because of it */
  waiting?: number
  lost?: number
  /** submits that failed in a row */
  failures?: number
  /** Unix seconds */
  resets_at?: number
  until?: number
  /** the vendor's name */
  vendor?: string
  /** that nothing else serves */
  models?: readonly string[]
  free_bytes?: number
  total_bytes?: number
  columns?: readonly string[]
}

interface Dependencies {
  channels: ChannelStore
  models: ModelStore
  vendors: Readonly<Record<string, Vendor>>
  routing: Routing
  pricing: Pick<Pricing, 'listFor'>
  tasks: TaskStore
  search: TaskSearchStore
  stats: AccountStats
  keys: KeyStore
  usage: Usage
  assets: AssetStore
  endpoints: EndpointStore
  /** the disks that files are written to */
  disks(): Promise<Disk[]>
  now(): number
}

const NEAR_BUDGET = 0.95
const PAGE = 100
// keys and endpoints that are looked at
const MOST = 1000
const MOST_DAMAGED = 20
const UNPRICED_SINCE = 30 * 86_400_000
const GIGABYTE = 1e9
// below, a busy gateway has hours left, or minutes
const LITTLE_SPACE = 5 * GIGABYTE
const NO_SPACE = GIGABYTE

/** What needs a person: channels, open decisions, budgets, the archive, webhooks, prices, disks, damaged rows. */
export function createAttention(dependencies: Dependencies) {
  const { channels, models, vendors, routing, pricing, tasks, search, stats, keys, usage, assets, endpoints } =
    dependencies
  const { disks, now } = dependencies

  async function ofChannels(): Promise<AttentionItem[]> {
    const served = new Set(await routing.names())
    // one whose health is damaged is among the damaged rows
    const known = (await channels.list()).filter(row => !damageIn(row).includes('health'))
    return known.map(intact).flatMap((channel): AttentionItem[] => {
      const { id, name, disabled, health, vendor } = channel
      if (disabled || health.state === 'ok') return []
      const isOff = health.state === 'disabled'
      const unserved = Object.keys(channel.models).filter(model => !served.has(model))
      return [
        {
          kind: isOff ? 'channel_disabled' : 'channel_cooling',
          severity: isOff ? 'bad' : 'warn',
          subject: { type: 'channel', id, name },
          since: health.since ?? null,
          reason: health.reason ?? health.state,
          facts: {
            vendor: vendors[vendor]?.name ?? vendor,
            models: unserved,
            ...(health.failures !== undefined && { failures: health.failures }),
            ...(health.until !== undefined && { until: Math.floor(health.until / 1000) })
          },
          action: { label_key: 'open_channel', href: `/channels/${id}` }
        }
      ]
    })
  }

  /** Models that tasks wait for and that no channel serves. */
  async function withoutChannel(): Promise<AttentionItem[]> {
    const served = new Set(await routing.names())
    return (await tasks.waitingModels())
      .filter(({ model }) => !served.has(model))
      .map(({ model, count, since }) => ({
        kind: 'no_channel',
        severity: 'bad',
        subject: { type: 'model', id: model, name: model },
        since,
        reason: `${count} waiting, and no enabled channel serves ${model}`,
        facts: { waiting: count },
        action: { label_key: 'open_model', href: `/models/${encodeURIComponent(model)}` }
      }))
  }

  async function ofDecisions(): Promise<AttentionItem[]> {
    const states = ['needs_decision'] as const
    const found = await search.find({ states: [...states], sort: 'created', order: 'asc', limit: 1 })
    const [oldest] = found?.rows ?? []
    if (!oldest) return []
    const { count, capped, lines } = await search.totals({ states: [...states] })
    const [line, ...others] = lines.filter(({ held, currency }) => held > 0 && currency !== null)
    return [
      {
        kind: 'needs_decision',
        severity: 'bad',
        subject: { type: 'task', id: oldest.id, name: oldest.model },
        since: oldest.finishedAt,
        reason: `${count}${capped ? '+' : ''} submits with an unknown outcome hold money until somebody decides`,
        facts: {
          count,
          // several currencies have no sum
          ...(line?.currency != null &&
            others.length === 0 && { held: { amount: toDecimal(line.held), currency: line.currency } })
        },
        action: { label_key: 'decide', href: '/tasks?state=needs_decision' }
      }
    ]
  }

  async function ofBudgets(): Promise<AttentionItem[]> {
    const items: AttentionItem[] = []
    const queued = await stats.queued('key')
    for await (const row of all(after => keys.list({ limit: PAGE, ...after }))) {
      const key = intact(row)
      if (!key.budget || key.disabled) continue
      const { spent, held, budget, currency } = await usage.ofKey(key)
      if (!budget || spent + held < budget.amount * NEAR_BUDGET) continue
      const money = (micro: number) => ({ amount: toDecimal(micro), currency })
      items.push({
        kind: 'budget',
        severity: budget.remaining === 0 ? 'bad' : 'warn',
        subject: { type: 'key', id: key.id, name: key.name },
        since: null,
        reason: `${toDecimal(spent + held)} of ${toDecimal(budget.amount)} ${currency} used`,
        facts: {
          used: money(spent + held),
          budget: money(budget.amount),
          percent: budget.amount === 0 ? 100 : Math.floor(((spent + held) / budget.amount) * 100),
          window: budget.window,
          waiting: queued.get(key.id) ?? 0,
          ...(budget.resetsAt !== null && { resets_at: Math.floor(budget.resetsAt / 1000) })
        },
        action: { label_key: 'open_key', href: `/keys/${key.id}` }
      })
    }
    return items
  }

  async function ofArchive(): Promise<AttentionItem[]> {
    const { waiting, lost, error } = await assets.troubled()
    if (waiting + lost === 0) return []
    return [
      {
        kind: 'archive',
        severity: waiting > 0 ? 'bad' : 'warn',
        subject: { type: 'archive', id: null, name: null },
        since: null,
        reason: error ?? `${waiting} files could not be archived yet, ${lost} never can be`,
        facts: { waiting, lost },
        action: { label_key: 'open_archive', href: '/settings/archive' }
      }
    ]
  }

  async function ofWebhooks(): Promise<AttentionItem[]> {
    const items: AttentionItem[] = []
    for await (const endpoint of all(after => endpoints.list({ limit: PAGE, order: 'desc', ...after }))) {
      const { id, name, url, disabled, disabledReason, failingSince } = endpoint
      // what its owner disabled needs nobody
      const isStopped = disabled && failingSince !== null
      if (!isStopped && (disabled || failingSince === null)) continue
      items.push({
        kind: isStopped ? 'webhook_disabled' : 'webhook_failing',
        severity: isStopped ? 'bad' : 'warn',
        subject: { type: 'webhook_endpoint', id, name: name ?? url },
        since: failingSince,
        reason: disabledReason ?? 'deliveries fail',
        facts: {},
        action: { label_key: 'open_webhook', href: `/webhooks/${id}` }
      })
    }
    return items
  }

  /** Models that made videos lately, for which no price is known: no budget counts them. */
  async function withoutPrice(): Promise<AttentionItem[]> {
    const items: AttentionItem[] = []
    for (const model of await routing.names()) {
      const routes = (await routing.find(model))?.routes.filter(isUsable) ?? []
      if (routes.every(({ channel }) => channel.builtIn) || (await pricing.listFor(model)).length > 0) continue
      const { count, last } = await stats.unpriced(model, now() - UNPRICED_SINCE)
      if (count === 0) continue
      items.push({
        kind: 'unpriced',
        severity: 'warn',
        subject: { type: 'model', id: model, name: model },
        since: last,
        reason: `${model} made videos without a price: set one, so that budgets and reports count them`,
        facts: { count },
        action: { label_key: 'set_price', href: `/models/${encodeURIComponent(model)}` }
      })
    }
    return items
  }

  async function ofDisks(): Promise<AttentionItem[]> {
    return (await disks())
      .filter(({ free }) => free < LITTLE_SPACE)
      .map(({ folder, free, total }) => ({
        kind: 'disk',
        severity: free < NO_SPACE ? 'bad' : 'warn',
        subject: { type: 'disk', id: null, name: folder },
        since: null,
        reason: `only ${(free / GIGABYTE).toFixed(1)} GB free in ${folder}`,
        facts: { free_bytes: free, total_bytes: total },
        action: { label_key: 'open_settings', href: '/settings' }
      }))
  }

  /** Rows that cannot be read and are passed over until they are repaired. Damaged tasks need a decision, and are among those. */
  async function ofDamage(): Promise<AttentionItem[]> {
    const items: AttentionItem[] = []
    const look = (type: string, row: { name: string | null }, id: string, href: string) => {
      const columns = damageIn(row)
      if (columns.length === 0 || items.length >= MOST_DAMAGED) return
      items.push({
        kind: 'damaged',
        severity: 'bad',
        subject: { type, id, name: row.name ?? id },
        since: null,
        reason: `its row is damaged and not used: ${columns.join(', ')}`,
        facts: { columns },
        action: { label_key: `open_${type}`, href }
      })
    }
    for (const row of await channels.list()) look('channel', row, row.id, `/channels/${row.id}`)
    for (const row of await models.list()) look('model', row, row.name, `/models/${encodeURIComponent(row.name)}`)
    for await (const row of all(after => keys.list({ limit: PAGE, ...after })))
      look('key', row, row.id, `/keys/${row.id}`)
    for await (const row of all(after => endpoints.list({ limit: PAGE, order: 'desc', ...after })))
      look('webhook_endpoint', row, row.id, `/webhooks/${row.id}`)
    return items
  }

  const sources = {
    channels: ofChannels,
    models: withoutChannel,
    decisions: ofDecisions,
    budgets: ofBudgets,
    archive: ofArchive,
    disks: ofDisks,
    damage: ofDamage,
    webhooks: ofWebhooks,
    prices: withoutPrice
  }

  return {
    /** Returns what needs a person, the worst first; of all sources, or of those named. */
    async list(only?: readonly (keyof typeof sources)[]): Promise<AttentionItem[]> {
      const wanted = only?.map(name => sources[name]) ?? Object.values(sources)
      const found = await Promise.all(wanted.map(find => find()))
      return found.flat().sort((a, b) => Number(a.severity === 'warn') - Number(b.severity === 'warn'))
    }
  }
}

export type Attention = ReturnType<typeof createAttention>

/** Reads pages until there are no more, or `MOST` rows. */
async function* all<Row extends { id: string }>(load: (after: { after?: string }) => Promise<Row[]>) {
  let after: string | undefined
  for (let seen = 0; seen < MOST;) {
    const rows = await load(after === undefined ? {} : { after })
    yield* rows
    seen += rows.length
    after = rows.at(-1)?.id
    if (rows.length < PAGE) return
  }
}
