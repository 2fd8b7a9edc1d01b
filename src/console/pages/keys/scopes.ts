/** What an admin key may be limited to. */
export const scopes = [
  'admin:keys',
  'admin:channels',
  'admin:models',
  'admin:tasks',
  'admin:webhooks',
  'admin:users',
  'admin:settings',
  'admin:audit',
  'usage:read',
  'tasks:read',
  'metrics:read'
] as const
