import { settingNames, storedSetting, type SettingName } from '../domain/settings.ts'
import { differenceOf } from './ownership.ts'
import type { Sync, Tools } from './tools.ts'

/** Writes the settings of the file where those of the database are: all nodes read them there. */
export async function syncSettings({ tools, file, ownership }: Sync): Promise<void> {
  const { settings } = file.content
  for (const name of settingNames) {
    const value = settings[name]
    if (value === undefined) continue
    const present = await read(tools, name)
    const difference = differenceOf({ [name]: present }, { [name]: value })
    if (present !== value) await write(tools, name, value)
    await ownership.own(
      'setting',
      { id: name, name },
      file.position(['settings'], name).line,
      present === undefined ? 'new' : difference
    )
  }
}

export async function forgetSetting(tools: Tools, id: string) {
  const name = settingNames.find(one => one === id)
  if (!name) return null
  await write(tools, name, null)
  return { name, disabled: false }
}

async function read({ stores }: Tools, name: SettingName): Promise<unknown> {
  const text = (await stores.settings.read()).get(name)
  return text === undefined ? undefined : storedSetting(name, text)
}

async function write(tools: Tools, name: SettingName, value: unknown): Promise<void> {
  const { audit, stores, by, fallback } = tools
  const before = (await read(tools, name)) ?? fallback[name]
  await audit.record(by, async tx => {
    await stores.settings.write(tx, [[name, value === null ? null : JSON.stringify(value)]])
    const target = { type: 'settings', id: 'settings', name: null } as const
    return [
      null,
      { action: 'settings.update', target, before: { [name]: before }, after: { [name]: value ?? fallback[name] } }
    ]
  })
}
