import type { ChannelChecks } from '../admin/channel-checks.ts'
import type { createAdmin } from '../admin/index.ts'
import type { By } from '../domain/audit.ts'
import type { RuntimeSettings } from '../domain/settings.ts'
import type { Vault } from '../lib/vault.ts'
import type { Stores } from '../stores/index.ts'
import type { Endpoints } from '../webhooks/endpoints.ts'
import type { Ownership } from './ownership.ts'
import type { Problems } from './problems.ts'
import type { ConfigFile } from './read.ts'

/** The services, inside one transaction, that make a file come true. */
export interface Tools extends Pick<ReturnType<typeof createAdmin>, 'channels' | 'models' | 'keys' | 'audit'> {
  endpoints: Endpoints
  stores: Stores
  vault: Vault
  checks: ChannelChecks
  by: By
  /** what holds without the database */
  fallback: RuntimeSettings
}

/** What each kind of object is brought in line with. */
export interface Sync {
  tools: Tools
  file: ConfigFile
  ownership: Ownership
  attempt: Problems['attempt']
}
