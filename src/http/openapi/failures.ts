import type { ErrorCode } from '../../errors.ts'
import type { Operation } from './operation.ts'

const ofAccess = {
  public: ['invalid_request'],
  console: ['invalid_request', 'cross_site_request', 'overloaded'],
  session: ['invalid_request', 'not_signed_in', 'ip_not_allowed', 'cross_site_request', 'overloaded'],
  link: [
    'invalid_request',
    'invalid_api_key',
    'not_signed_in',
    'ip_not_allowed',
    'permission_denied',
    'rate_limit_exceeded',
    'overloaded'
  ],
  key: [
    'invalid_request',
    'invalid_api_key',
    'not_signed_in',
    'ip_not_allowed',
    'permission_denied',
    'cross_site_request',
    'rate_limit_exceeded',
    'overloaded'
  ],
  admin: [
    'invalid_request',
    'invalid_api_key',
    'not_signed_in',
    'ip_not_allowed',
    'permission_denied',
    'cross_site_request',
    'admin_required',
    'rate_limit_exceeded',
    'overloaded'
  ]
} as const satisfies Record<Operation['access'], readonly ErrorCode[]>

const ofBodies = ['invalid_request', 'request_timeout', 'request_too_large', 'unsupported_media_type'] as const

/** Returns every error that an operation can answer: its own, and those of its method, path and access. */
export function errorsOf(method: string, path: string, { access, headers = [], errors = [] }: Operation): ErrorCode[] {
  const isRead = method === 'GET'
  const general = [
    ...ofAccess[access].filter(code => !isRead || code !== 'cross_site_request'),
    ...(headers.includes('x-reelay-key') ? (['admin_required'] as const) : []),
    ...(isRead ? [] : ofBodies),
    ...(path.includes('{') ? (['not_found'] as const) : []),
    'internal_error' as const
  ]
  return [...new Set([...errors, ...general])]
}
