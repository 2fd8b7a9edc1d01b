import type { ManagedBy } from './shared.ts'

/** `GET /admin/system`. */
export interface System {
  object: 'system'
  version: string
  node: string
  uptime_s: number
  database: { kind: 'sqlite' | 'postgres'; size_bytes: number | null; migrations: number }
  archive: { kind: 'file' | 's3' | 'off'; ok: boolean; error: string | null }
  redis: { ok: boolean } | null
  disk: { free_bytes: number; total_bytes: number } | null
  counts: { tasks: number; open: number; files: number; keys: number; channels: number }
  environment: Setting[]
}

export interface Setting {
  name: string
  /** masked when it is a secret; null: not set */
  value: string | null
  origin: 'env' | 'file' | 'config' | 'default'
  description: string
}

/** `GET /admin/settings`, `PATCH /admin/settings`: what can be changed while the server runs. */
export interface Settings {
  object: 'settings'
  settings: RuntimeSetting[]
}

export interface RuntimeSetting {
  name: 'retention_days' | 'exchange_log' | 'exchange_log_days'
  value: string | number
  /** what holds without a value in the database */
  default: string | number
  /** `env`: set by the variable, and not to be changed here */
  origin: 'env' | 'file' | 'database' | 'default'
  managed_by: ManagedBy | null
  /** the variable's name */
  env: string
  description: string
}

/** `POST /admin/archive/test`. */
export interface ArchiveTest {
  object: 'archive.test'
  ok: boolean
  error: string | null
  latency_ms: number
}

/** `GET /admin/alerts/targets`: who is told of incidents. */
export interface AlertTarget {
  id: string
  object: 'alert.target'
  kind: 'slack' | 'feishu' | 'dingtalk' | 'wecom' | 'webhook' | 'mailto'
  /** without what is secret in it */
  address: string
}

/** `POST /admin/alerts/test`. */
export interface AlertTest {
  object: 'alert.test'
  results: { target: string; ok: boolean; error: string | null; latency_ms: number }[]
}
