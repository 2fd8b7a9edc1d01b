import type { Budget, Key, NewKey } from '../../api/types/index.ts'
import type { BudgetDraft } from '../../parts/budget-fields.tsx'

/** A key as the form holds it: text where a person types. */
export interface Draft {
  name: string
  owner: string
  models: string[]
  budget: BudgetDraft
  atOnce: string
  perMinute: string
  waiting: string
  /** a day, `2026-12-04`; the key ends with it. Empty: never */
  expires: string
  /** one address or network a line */
  addresses: string
  role: Key['role']
  /** of an admin key; empty: everything */
  scopes: string[]
  dialect: string
}

const empty: Draft = {
  name: '',
  owner: '',
  models: [],
  budget: { amount: '', currency: 'USD', window: 'monthly' },
  atOnce: '',
  perMinute: '',
  waiting: '',
  expires: '',
  addresses: '',
  role: 'member',
  scopes: [],
  dialect: 'auto'
}

const textOf = (count: number | null) => (count === null ? '' : String(count))
const countOf = (text: string) => (text.trim() === '' ? null : Number(text))

/** Returns the form of a key; of a new one without. */
export function draftOf(key: Key | null): Draft {
  if (!key) return empty
  const { amount, currency, window } = key.budget ?? empty.budget
  return {
    name: key.name,
    owner: key.owner ?? '',
    models: key.models ?? [],
    budget: { amount, currency, window },
    atOnce: textOf(key.max_concurrency),
    perMinute: textOf(key.requests_per_minute),
    waiting: textOf(key.max_queued),
    expires: key.expires_at === null ? '' : dayOf(key.expires_at),
    addresses: (key.ip_allowlist ?? []).join('\n'),
    role: key.role,
    scopes: key.scopes ?? [],
    dialect: key.dialect
  }
}

/** Returns what the API takes. `budget`: the one before, whose time zone stays. */
function bodyOf(draft: Draft, budget: Budget | null): NewKey {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const addresses = draft.addresses.split(/[\s,]+/).filter(Boolean)
  const isAdmin = draft.role === 'admin'
  return {
    name: draft.name.trim(),
    role: draft.role,
    scopes: isAdmin && draft.scopes.length ? draft.scopes : null,
    owner: draft.owner.trim() || null,
    models: draft.models.length ? draft.models : null,
    budget: draft.budget.amount.trim()
      ? { ...draft.budget, amount: draft.budget.amount.trim(), timezone: budget?.timezone ?? timeZone }
      : null,
    max_concurrency: countOf(draft.atOnce),
    requests_per_minute: countOf(draft.perMinute),
    max_queued: countOf(draft.waiting),
    expires_at: draft.expires ? endOf(draft.expires) : null,
    ip_allowlist: addresses.length ? addresses : null,
    dialect: draft.dialect
  }
}

/** Returns the fields that differ from the key; of a new key those that were filled. */
export function changesOf(draft: Draft, key: Key | null): Partial<NewKey> {
  const before = bodyOf(draftOf(key), key?.budget ?? null)
  const now = bodyOf(draft, key?.budget ?? null)
  return Object.fromEntries(
    Object.entries(now).filter(
      // true because both have the same fields
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof NewKey])
    )
  )
}

function dayOf(seconds: number): string {
  const date = new Date(seconds * 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** The last second of a day here. */
const endOf = (day: string) => Math.floor(new Date(`${day}T23:59:59`).getTime() / 1000)
