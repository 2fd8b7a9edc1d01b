import type { Attention, AttentionItem } from '../admin/attention.ts'
import { toDecimal } from '../lib/money.ts'
import type { AssetStore } from '../stores/assets.ts'
import type { BudgetStore, UsedBudget } from '../stores/budgets.ts'
import type { Condition } from '../stores/incidents.ts'

interface Dependencies {
  attention: Attention
  budgets: Pick<BudgetStore, 'used'>
  assets: Pick<AssetStore, 'lost'>
  /** the name of this node, whose disks are looked at */
  host: string
  now(): number
}

const DAY = 86_400_000
// longer than a file is tried
const LOST_SINCE = 30 * DAY
const MOST_LOST = 1000
const VIDEOS_NAMED = 5
// the longest pause without a Retry-After: some ten minutes in which no submit was accepted come before it
const LONG_PAUSE = 10 * 60_000
const MANY_FAILURES = 8
// an account with all its slots taken rejects again and again, and is well
const busy = new Set(['rate_limit', 'concurrency_limit'])

/** Returns a function that finds what operators must be told of, as it is now. */
export function createLookout({ attention, budgets, assets, host, now }: Dependencies) {
  return async (): Promise<Condition[]> => {
    const items = await attention.list(['channels', 'decisions', 'archive', 'disks'])
    const used = await budgets.used(now())
    const lost = await assets.lost(now() - LOST_SINCE, MOST_LOST)
    return [...items.flatMap(item => conditionsOf(item, host)), ...used.map(ofBudget), ...ofLost(lost)]
  }
}

function conditionsOf(item: AttentionItem, host: string): Condition[] {
  const { kind, severity, subject, reason, facts } = item
  const name = subject.name ?? ''
  if (kind === 'channel_disabled' || kind === 'channel_cooling') {
    const { vendor, models = [], failures = 0 } = facts
    const known = { name, reason, models: [...models], ...(vendor !== undefined && { vendor }) }
    const cooling = {
      kind: 'channel_cooling',
      subject: subject.id ?? '',
      severity: 'warn',
      facts: { ...known, count: failures }
    } as const
    // one that is disabled while it cools down has not recovered
    if (kind === 'channel_disabled')
      return [
        { kind, subject: subject.id ?? '', severity, facts: known },
        { ...cooling, opens: false }
      ]
    return isStuck(item) ? [cooling] : []
  }
  if (kind === 'needs_decision') return [{ kind, subject: '', severity, facts: { count: facts.count ?? 0 } }]
  if (kind === 'archive' && facts.waiting)
    return [{ kind, subject: '', severity: 'bad', facts: { count: facts.waiting, reason } }]
  if (kind === 'disk') {
    const { free_bytes = 0, total_bytes = 0 } = facts
    return [{ kind, subject: `${host}:${name}`, severity, facts: { name, host, free_bytes, total_bytes } }]
  }
  return []
}

/** Whether a channel that cools down is an incident; one that recovers by its next submit is none. `until` is in whole seconds. */
function isStuck({ since, reason, facts: { until, failures = 0 } }: AttentionItem): boolean {
  const pause = since === null || until === undefined ? 0 : (until + 1) * 1000 - since
  return pause >= LONG_PAUSE || (failures >= MANY_FAILURES && !busy.has(reason))
}

/** One for each day (UTC) on which videos were made whose files are lost: an archive that fails for days loses thousands. */
function ofLost(files: Awaited<ReturnType<AssetStore['lost']>>): Condition[] {
  const days = Map.groupBy(files, ({ createdAt }) => new Date(createdAt).toISOString().slice(0, 10))
  return [...days].map(([day, lost]) => ({
    kind: 'files_lost',
    subject: day,
    severity: 'bad',
    facts: {
      count: lost.length,
      reason: lost[0]?.error ?? 'unknown',
      videos: [...new Set(lost.map(({ taskId }) => taskId))].slice(0, VIDEOS_NAMED)
    }
  }))
}

const ofBudget = ({ key, budget, used, limit, threshold, resetsAt }: UsedBudget): Condition => ({
  kind: 'budget',
  subject: key.id,
  severity: threshold >= 100 ? 'bad' : 'warn',
  facts: {
    name: key.name,
    used: toDecimal(used),
    budget: toDecimal(limit),
    currency: budget.currency,
    percent: limit === 0 ? 100 : Math.floor((used / limit) * 100),
    window: budget.window,
    ...(resetsAt !== null && { resets_at: resetsAt })
  }
})
