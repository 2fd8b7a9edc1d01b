import { table } from '../../lib/table.ts'

/* Where each aggregator has what: the same form everywhere, a POST that answers with an id and a GET that answers with a status. */

/** Dotted paths into an answer (`data.id`), paths with `{model}` and `{id}`, and the vendor's words for a status. */
export interface Wire {
  /** where a prediction is submitted; without `{model}` the body has it */
  submit_path: string
  /** the prediction; its query is part of it */
  poll_path: string
  /** the header of the key; default: `authorization`, as Bearer */
  auth_header?: string
  /** the field of the body that the model's own fields are in; default: they are the body */
  input_field?: string
  id_at: string
  status_at: string
  /** a link, a list of links, or either as JSON in a text; the first that is there */
  outputs_at: string
  error_at: string
  error_code_at?: string
  queued?: readonly string[]
  succeeded?: readonly string[]
  failed?: readonly string[]
}

export const presetNames = ['wavespeed', 'muapi', 'atlascloud', 'kie'] as const

export const presets = table<Wire>({
  // wavespeed.ai/docs: submit-task, get-result, what-are-predictions; read 2026-11-30
  wavespeed: {
    submit_path: '/api/v3/{model}',
    poll_path: '/api/v3/predictions/{id}',
    id_at: 'data.id',
    status_at: 'data.status',
    outputs_at: 'data.outputs',
    error_at: 'data.error'
  },
  // muapi.ai/docs/api-reference; read 2026-11-30
  muapi: {
    submit_path: '/api/v1/{model}',
    poll_path: '/api/v1/predictions/{id}/result',
    auth_header: 'x-api-key',
    id_at: 'request_id',
    status_at: 'status',
    outputs_at: 'outputs',
    error_at: 'error'
  },
  // atlascloud.ai/docs/en/predictions and the pages of its models; read 2026-11-30
  atlascloud: {
    submit_path: '/api/v1/model/generateVideo',
    poll_path: '/api/v1/model/prediction/{id}',
    id_at: 'data.id',
    status_at: 'data.status',
    outputs_at: 'data.outputs',
    error_at: 'data.error'
  },
  // peer code: several clients of api.kie.ai (jobs/createTask, jobs/recordInfo), read 2026-11-30; docs.kie.ai has the same envelope
  kie: {
    submit_path: '/api/v1/jobs/createTask',
    poll_path: '/api/v1/jobs/recordInfo?taskId={id}',
    input_field: 'input',
    id_at: 'data.taskId',
    status_at: 'data.state',
    outputs_at: 'data.resultJson.resultUrls',
    error_at: 'data.failMsg',
    error_code_at: 'data.failCode'
  }
})

/** Words that aggregators use; a word that nobody knows means "still running". */
export const usualWords = {
  queued: ['created', 'queued', 'queuing', 'pending', 'waiting', 'submitted', 'starting', 'in_queue'],
  succeeded: ['completed', 'succeeded', 'success', 'succeed', 'done', 'finished', 'ready'],
  failed: ['failed', 'fail', 'failure', 'error', 'cancelled', 'canceled', 'expired', 'timeout']
} as const
