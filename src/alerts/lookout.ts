import type { Attention, AttentionItem } from '../admin/attention.ts'
import { toDecimal } from '../lib/money.ts'
import type { BudgetStore, UsedBudget } from '../stores/budgets.ts'
import type { Condition } from '../stores/incidents.ts'

interface Dependencies {
  attention: Attention
  budgets: BudgetStore
  /** the name of this node, whose disks are looked at */
  host: string
  now(): number
}

/** Returns a function that finds what operators must be told of, as it is now. */
export function createLookout({ attention, budgets, host, now }: Dependencies) {
  return async (): Promise<Condition[]> => {
    const items = await attention.list(['channels', 'decisions', 'archive', 'disks'])
    const used = await budgets.used(now())
    return [...items.flatMap(item => conditionOf(item, host) ?? []), ...used.map(ofBudget)]
  }
}

function conditionOf({ kind, severity, subject, reason, facts }: AttentionItem, host: string): Condition | null {
  const name = subject.name ?? ''
  if (kind === 'channel_disabled') {
    const { vendor, models = [] } = facts
    const known = { name, reason, models: [...models], ...(vendor !== undefined && { vendor }) }
    return { kind, subject: subject.id ?? '', severity, facts: known }
  }
  if (kind === 'needs_decision') return { kind, subject: '', severity, facts: { count: facts.count ?? 0 } }
  // those that are lost stay lost: that never recovers
  if (kind === 'archive' && facts.waiting)
    return { kind, subject: '', severity: 'bad', facts: { count: facts.waiting, reason } }
  if (kind === 'disk') {
    const { free_bytes = 0, total_bytes = 0 } = facts
    return { kind, subject: `${host}:${name}`, severity, facts: { name, host, free_bytes, total_bytes } }
  }
  return null
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
