import { eq, inArray } from 'drizzle-orm'
import type { Database, Db } from '../db/index.ts'
import { settingNames, type SettingName } from '../domain/settings.ts'

const nameOf = (setting: SettingName) => `setting:${setting}`

/** Settings that were changed while the server runs, as JSON texts. */
export function createSettingStore({ db, meta }: Database) {
  return {
    async read(on: Db = db): Promise<Map<SettingName, string>> {
      const rows = await on
        .select()
        .from(meta)
        .where(inArray(meta.name, settingNames.map(nameOf)))
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
      for (const [setting, value] of changes) {
        const name = nameOf(setting)
        if (value === null) await tx.delete(meta).where(eq(meta.name, name))
        else await tx.insert(meta).values({ name, value }).onConflictDoUpdate({ target: meta.name, set: { value } })
      }
    }
  }
}

export type SettingStore = ReturnType<typeof createSettingStore>
