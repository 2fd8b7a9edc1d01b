import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Audit } from '../admin/audit.ts'
import type { ManagedKind, ManagedRow } from '../db/index.ts'
import type { By, Target } from '../domain/audit.ts'
import type { ManagedStore } from '../stores/managed.ts'

/** One change that a file makes. */
export interface Step {
  kind: ManagedKind
  name: string
  /** `adopt`: the database owned it; `release`: it is no longer in the file, and the database owns it */
  action: 'create' | 'update' | 'adopt' | 'disable' | 'release'
  /** in the file; null: it is no longer there */
  line: number | null
  /** the fields that change, with their old and new values; secrets as `…` */
  fields?: Record<string, [before: unknown, after: unknown]>
}

export type Difference = NonNullable<Step['fields']>

interface Dependencies {
  managed: ManagedStore
  audit: Pick<Audit, 'add'>
  by: By
  path: string
}

/** Remembers which objects the file owns, and writes down what changes hands. */
export async function openOwnership({ managed, audit, by, path }: Dependencies) {
  const file = basename(path)
  const before = await managed.list()
  const seen = new Set<string>()
  const steps: Step[] = []
  const keyOf = ({ kind, id }: Pick<ManagedRow, 'kind' | 'id'>) => `${kind} ${id}`
  const known = new Map(before.map(row => [keyOf(row), row]))

  const record = (target: Target, owner: [before: string | null, after: string | null]) =>
    audit.add(by, {
      action: `${target.type}.update`,
      target,
      before: { managed_by: owner[0] },
      after: { managed_by: owner[1] }
    })

  return {
    steps,

    ids: (kind: ManagedKind): string[] => before.flatMap(row => (row.kind === kind ? [row.id] : [])),

    /** States that an object is in the file, and what was changed for that. `difference`: `new` when it was created. */
    async own(
      kind: ManagedKind,
      { id, name }: { id: string; name: string },
      line: number,
      difference: Difference | 'new'
    ): Promise<void> {
      const row = known.get(keyOf({ kind, id }))
      seen.add(keyOf({ kind, id }))
      if (row?.line !== line || row.file !== file) await managed.put({ kind, id, file, line })
      if (difference === 'new') steps.push({ kind, name, action: 'create', line })
      else if (!row) {
        await record(targetOf(kind, id, name), [null, file])
        steps.push({ kind, name, action: 'adopt', line, ...(hasAny(difference) && { fields: difference }) })
      } else if (hasAny(difference)) steps.push({ kind, name, action: 'update', line, fields: difference })
    },

    /** Gives back to the database what the file no longer has. `end` disables an object; it returns its name, or null when it is gone. */
    async release(end: (row: ManagedRow) => Promise<{ name: string; disabled: boolean } | null>): Promise<void> {
      for (const row of before.filter(one => !seen.has(keyOf(one)))) {
        const ended = await end(row)
        await managed.remove(row)
        if (!ended) continue
        await record(targetOf(row.kind, row.id, ended.name), [row.file, null])
        const action = ended.disabled ? 'disable' : 'release'
        steps.push({ kind: row.kind, name: ended.name, action, line: null })
      }
    }
  }
}

export type Ownership = Awaited<ReturnType<typeof openOwnership>>

/** Returns the fields of `wanted` that differ. */
export function differenceOf(present: object, wanted: object): Difference {
  const old = present as Record<string, unknown> // true of every object
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([name, value]) => value !== undefined && !isDeepStrictEqual(old[name], value))
      .map(([name, value]) => [name, [old[name] ?? null, value] as const])
  ) as Difference // true because each entry is a pair
}

/** Returns the wanted values of a difference. */
export const changesOf = (difference: Difference): Record<string, unknown> =>
  Object.fromEntries(Object.entries(difference).map(([name, [, value]]) => [name, value]))

/** A changed secret, as it is shown. */
export const hidden: Difference[string] = ['…', '… (new)']

const hasAny = (difference: Difference) => Object.keys(difference).length > 0

const targetOf = (kind: ManagedKind, id: string, name: string): Target =>
  kind === 'setting' ? { type: 'settings', id: 'settings', name } : { type: kind, id, name }
