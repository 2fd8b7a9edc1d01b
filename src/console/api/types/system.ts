/** `GET /admin/system`. */
export interface System {
  object: 'system'
  version: string
  node: string
  uptime_s: number
  database: { kind: 'sqlite' | 'postgres'; size_bytes: number | null; migrations: number }
  archive: { kind: 'file' | 's3' | 'off'; ok: boolean; error: string | null }
  redis: { ok: boolean } | null
  nodes: { id: string; started_at: number; last_seen: number }[]
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
