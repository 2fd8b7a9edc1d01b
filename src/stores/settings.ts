import { and, eq, gte, inArray, lt } from 'drizzle-orm'
import type { Database, Db } from '../db/index.ts'
import { settingNames, type SettingName } from '../domain/settings.ts'

const PREFIX = 'setting:'
const nameOf = (setting: SettingName) => PREFIX + setting

/** Settings that were changed while the server runs, as JSON texts. */
export function createSettingStore({ db, meta }: Database) {
  return {
    async read(on: Db = db): Promise<Map<SettingName, string>> {
      const rows = await on
        .select()
        .from(meta)
        // `;` follows `:`
        .where(and(gte(meta.name, PREFIX), lt(meta.name, 'setting;')))
      const byName = new Map(rows.map(({ name, value }) => [name, value]))
      return new Map(
        settingNames.flatMap(setting => {
          const text = byName.get(nameOf(setting))
          return text === undefined ? [] : [[setting, text] as const]
        })
      )
    },

    /** Writes settings; null removes one. */
    async write(tx: Db, changes: readonly (readonly [SettingName, string | null])[]): Promise<void> {
      const removed = changes.flatMap(([setting, text]) => (text === null ? [nameOf(setting)] : []))
      if (removed.length) await tx.delete(meta).where(inArray(meta.name, removed))
      for (const [setting, text] of changes) {
        if (text === null) continue
        const [row] = await tx
          .update(meta)
          .set({ value: text })
          .where(eq(meta.name, nameOf(setting)))
          .returning({ name: meta.name })
        if (!row) await tx.insert(meta).values({ name: nameOf(setting), value: text })
      }
    }
  }
}

export type SettingStore = ReturnType<typeof createSettingStore>
