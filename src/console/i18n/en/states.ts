/* Console words for states, whatever a client's format says. */

export const states = {
  waiting: 'Waiting',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
  needs_decision: 'Needs a decision',
  refused: 'Refused'
}

export const health = {
  ok: 'Healthy',
  cooling: 'Resting',
  disabled: 'Stopped',
  off: 'Switched off'
}

/** By error code; the code itself is shown where none fits. */
export const errors = {
  content_policy_violation: 'Refused by content rules',
  invalid_request: 'The request was not valid',
  unsupported: 'The model cannot do this',
  upstream_error: 'The vendor failed',
  upstream_timeout: 'The vendor did not answer',
  submit_outcome_unknown: 'Submit unanswered',
  insufficient_quota: 'Budget spent',
  rate_limit_exceeded: 'Too many requests',
  no_channel_available: 'No channel could serve it',
  generation_failed: 'The vendor could not make it',
  task_timeout: 'Took longer than allowed',
  cancelled: 'Cancelled',
  video_expired: 'The file is gone',
  overloaded: 'The gateway was busy',
  internal_error: 'Internal error',
  internal_quarantined: 'Set aside after repeated crashes'
}

/** Why a channel does not work: the kinds of failures, and `no_answer`. */
export const reasons = {
  auth: 'credential rejected',
  insufficient_balance: 'out of balance',
  permission: 'permission denied',
  misconfigured: 'wrong setting',
  rate_limit: 'too many requests',
  concurrency_limit: 'too many at once',
  not_found: 'not found at the vendor',
  server: 'vendor errors',
  no_answer: 'no answer'
}
