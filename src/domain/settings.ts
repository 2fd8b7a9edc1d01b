import { z } from 'zod'

/*
 * Settings that can be changed while the server runs. Each also has an environment variable, which wins; without either its default holds.
 * Only what every node heeds within seconds is among them.
 */

export const runtimeSettings = z.strictObject({
  /** days that archived videos are kept; 0: forever */
  retention_days: z.number().min(0).max(36_500),
  /** which requests to vendors are kept with their answers */
  exchange_log: z.enum(['errors', 'all', 'off']),
  /** days that they are kept */
  exchange_log_days: z.number().min(1).max(3650)
})

export type RuntimeSettings = z.infer<typeof runtimeSettings>
export type SettingName = keyof RuntimeSettings

// true because they are the schema's own names
export const settingNames = Object.keys(runtimeSettings.shape) as SettingName[]

/** Where the value of a setting comes from. */
export type SettingOrigin = 'env' | 'file' | 'database' | 'default'

/** What the configuration says of a setting. */
export interface ConfiguredSetting {
  /** the variable's name */
  env: string
  isGiven: boolean
  /** what is given, else the default */
  value: unknown
  description: string
}

/** Returns the value of a setting that is stored as JSON; undefined when it is not valid, or no longer. */
export function storedSetting(name: SettingName, text: string): unknown {
  try {
    return runtimeSettings.shape[name].safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
