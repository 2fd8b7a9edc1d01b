import { table } from '../../lib/table.ts'
import type { FailureKind } from '../vendor.ts'

/* Error numbers of both MiniMax APIs. Source: platform.minimax.io, "Error codes" and the pages of each call. */

export const minimaxKinds = table<FailureKind>({
  1000: 'server',
  1001: 'server',
  1002: 'rate_limit',
  1004: 'auth',
  1008: 'insufficient_balance',
  1013: 'server',
  1024: 'server',
  1026: 'content_policy',
  1027: 'content_policy',
  1033: 'server',
  1039: 'rate_limit',
  1041: 'concurrency_limit',
  1042: 'invalid_request',
  2013: 'invalid_request',
  2045: 'rate_limit',
  2049: 'auth',
  2056: 'insufficient_balance'
})
