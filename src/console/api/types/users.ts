export const userRoles = ['owner', 'operator', 'viewer'] as const

export type UserRole = (typeof userRoles)[number]

/** One of `GET /admin/users`. */
export interface User {
  id: string
  object: 'user'
  name: string
  email: string | null
  role: UserRole
  disabled: boolean
  has_password: boolean
  has_oidc: boolean
  /** how long the one-time link works */
  invited_until: number | null
  last_seen_at: number | null
  created_at: number
  deleted_at: number | null
}

/** The one answer that contains the link. */
export interface InvitedUser extends User {
  invitation: { token: string; url: string; expires_at: number }
}
