import { toDecimal } from '../lib/money.ts'
import { intact } from '../lib/damaged.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { ChannelStore } from '../stores/channels.ts'
import type { EndpointStore } from '../stores/endpoints.ts'
import type { KeyStore } from '../stores/keys.ts'
import type { TaskSearchStore } from '../stores/task-search.ts'
import type { TaskStore } from '../stores/tasks.ts'
import type { Routing } from '../tasks/routing.ts'
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
  severity: 'bad' | 'warn'
  subject: { type: string; id: string | null; name: string | null }
  /** milliseconds; null: unknown */
  since: number | null
  reason: string
  /** what to do, as a key of the console's texts, and the page for it */
  action: { label_key: string; href: string }
}

interface Dependencies {
  channels: ChannelStore
  routing: Routing
  tasks: TaskStore
  search: TaskSearchStore
  keys: KeyStore
  usage: Usage
  assets: AssetStore
  endpoints: EndpointStore
}

const NEAR_BUDGET = 0.95
const PAGE = 100
// keys and endpoints that are looked at
const MOST = 1000

/** What needs a person: channels, open decisions, budgets, the archive, webhooks. */
export function createAttention(dependencies: Dependencies) {
  const { channels, routing, tasks, search, keys, usage, assets, endpoints } = dependencies

  async function ofChannels(): Promise<AttentionItem[]> {
    return (await channels.list()).map(intact).flatMap(({ id, name, disabled, health }): AttentionItem[] => {
      if (disabled || health.state === 'ok') return []
      const isOff = health.state === 'disabled'
      return [
        {
          kind: isOff ? 'channel_disabled' : 'channel_cooling',
          severity: isOff ? 'bad' : 'warn',
          subject: { type: 'channel', id, name },
          since: health.since ?? null,
          reason: health.reason ?? health.state,
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
        action: { label_key: 'open_model', href: `/models/${encodeURIComponent(model)}` }
      }))
  }

  async function ofDecisions(): Promise<AttentionItem[]> {
    const found = await search.find({ states: ['needs_decision'], sort: 'created', order: 'asc', limit: PAGE })
    const [oldest] = found?.rows ?? []
    if (!found || !oldest) return []
    const count = `${found.rows.length}${found.hasMore ? '+' : ''}`
    return [
      {
        kind: 'needs_decision',
        severity: 'bad',
        subject: { type: 'task', id: oldest.id, name: oldest.model },
        since: oldest.finishedAt,
        reason: `${count} submits with an unknown outcome hold money until somebody decides`,
        action: { label_key: 'decide', href: '/tasks?state=needs_decision' }
      }
    ]
  }

  async function ofBudgets(): Promise<AttentionItem[]> {
    const items: AttentionItem[] = []
    for await (const row of all(after => keys.list({ limit: PAGE, ...after }))) {
      const key = intact(row)
      if (!key.budget || key.disabled) continue
      const { spent, held, budget, currency } = await usage.ofKey(key)
      if (!budget || spent + held < budget.amount * NEAR_BUDGET) continue
      items.push({
        kind: 'budget',
        severity: budget.remaining === 0 ? 'bad' : 'warn',
        subject: { type: 'key', id: key.id, name: key.name },
        since: null,
        reason: `${toDecimal(spent + held)} of ${toDecimal(budget.amount)} ${currency} used`,
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
        action: { label_key: 'open_webhook', href: `/webhooks/${id}` }
      })
    }
    return items
  }

  return {
    /** Returns what needs a person, the worst first. */
    async list(): Promise<AttentionItem[]> {
      const found = await Promise.all([
        ofChannels(),
        withoutChannel(),
        ofDecisions(),
        ofBudgets(),
        ofArchive(),
        ofWebhooks()
      ])
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
