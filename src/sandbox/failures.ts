import type { FailureKind } from '../vendors/vendor.ts'

/** How the vendor reports a failure: at submit, and as a text when an accepted video fails later. */
export interface VendorFailure {
  /** where it is reported by default */
  usually: 'submit' | 'poll'
  /** null: not possible at submit */
  submit: { status: number; code?: number; message: string } | null
  reason: string
}

/** HTTP status, code and meaning: kling.md §5; `misconfigured`: cloudsway.md §5. The reasons are free text there too. */
export const failures = {
  auth: at('submit', 401, 1002, 'Authorization is invalid'),
  permission: at('submit', 403, 1103, 'No permission for this model'),
  misconfigured: {
    usually: 'submit',
    submit: { status: 400, message: 'NO_PASSAGEWAY' },
    reason: 'NO_PASSAGEWAY'
  },
  invalid_request: at('submit', 400, 1201, 'Invalid parameter'),
  content_policy: at('submit', 400, 1301, 'Failure to pass the risk control system'),
  rate_limit: at('submit', 429, 1302, 'Rate limit exceeded'),
  concurrency_limit: at('submit', 429, 1303, 'parallel task over resource pack limit'),
  insufficient_balance: at('submit', 429, 1102, 'Account balance not enough'),
  server: at('submit', 500, 5000, 'Internal server error'),
  not_found: at('poll', 404, 1203, 'The requested resource does not exist'),
  expired: { usually: 'poll', submit: null, reason: 'The task has expired' },
  cancelled: { usually: 'poll', submit: null, reason: 'The task was cancelled' },
  // an undocumented code with a meaningless status
  unknown: at('poll', 200, 9999, 'Something that is not documented')
} as const satisfies Record<FailureKind, VendorFailure>

function at(usually: 'submit' | 'poll', status: number, code: number, message: string): VendorFailure {
  return { usually, submit: { status, code, message }, reason: message }
}
