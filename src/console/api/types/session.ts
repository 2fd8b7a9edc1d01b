import type { Named } from './shared.ts'

export type Role = 'owner' | 'operator' | 'viewer' | 'member'

type Room = 'keys' | 'channels' | 'models' | 'tasks' | 'webhooks' | 'usage' | 'settings' | 'users'

/** What a session may do. Member keys have none: they see and change what is their own. */
export type Permission =
  | `${Room}:${'read' | 'write'}`
  | 'metrics:read'
  | 'audit:read'
  | 'sessions:own'
  | 'sign_in:write'
  | 'backup:read'
  | 'secrets:write'

/** `GET /console/api/status`: public. */
export interface Status {
  object: 'console.status'
  setup_needed: boolean
  version: string
  methods: { password: boolean; key: boolean; oidc: { label: string; url: string } | null }
  public_url: string | null
  sandbox: boolean
}

/** `GET /console/api/session`. */
export interface Session {
  object: 'session'
  /** a user, an admin key, or a member key that signed in */
  kind: 'user' | 'key' | 'member'
  user: { id: string; name: string; email: string | null; role: Exclude<Role, 'member'> } | null
  key: (Named & { role: 'admin' | 'member' }) | null
  role: Role
  csrf: string
  expires_at: number
  permissions: Permission[]
}

export type Credentials = { name: string; password: string } | { key: string }

export interface Owner {
  token: string
  name: string
  email?: string
  password: string
}

/** One of `GET /admin/sessions`. */
export interface SignedIn {
  id: string
  object: 'session'
  user: Named | null
  key: Named | null
  created_at: number
  last_seen_at: number
  ip: string
  agent: string
  current: boolean
}
