import type { Section } from '../operation.ts'
import { audit, keys, users } from './admin-access.ts'
import { alerts } from './admin-alerts.ts'
import { deliveries, money, system } from './admin-records.ts'
import { channels, modelSettingsSection } from './admin-supply.ts'
import { insights, tasks } from './admin-tasks.ts'
import { models, usage, webhookEndpoints } from './client.ts'
import { consoleSection } from './console.ts'
import { frontSections } from './fronts.ts'
import { server } from './server.ts'
import { videos } from './videos.ts'

/** Every route, in the order of the reference. */
export const sections: readonly Section[] = [
  videos,
  models,
  usage,
  webhookEndpoints,
  ...frontSections,
  channels,
  modelSettingsSection,
  keys,
  tasks,
  insights,
  money,
  deliveries,
  users,
  audit,
  alerts,
  system,
  consoleSection,
  server
]
