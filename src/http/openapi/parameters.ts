/* The parameters of all operations, described once by name. */

/** Of paths: what an id names follows from the part of the path before it. */
export const pathParameters: Readonly<Record<string, string>> = {
  'videos/{id}': 'The id of a video, `video_…`.',
  'generations/{id}': 'The id of a video, `video_…`.',
  'models/{id}': 'The name of a model, or the part of it before the slash.',
  'models/{name}': 'The public name of a model.',
  'webhook_endpoints/{id}': 'The id of a webhook endpoint, `whk_…`.',
  'webhook_deliveries/{id}': 'The id of a delivery, `dlv_…`.',
  'keys/{id}': 'The id of a key, `key_…`.',
  'channels/{id}': 'The id of a channel, `chan_…`.',
  'tasks/{id}': 'The id of a video, `video_…`.',
  'users/{id}': 'The id of a user, `user_…`.',
  'sessions/{id}': 'The id of a session, `sess_…`.',
  'callbacks/{channel}': 'The id of a channel.',
  '{channel}/{token}': 'The signed token of an attempt, as in the URL that the vendor was given.',
  // of fronts
  '{id}': 'The id that the create answered, or our own (`video_…`).',
  'deployments/{id}': 'The part of the model’s name before the slash.',
  '{name}': 'The part of the model’s name behind the slash.',
  '{model}': 'The name of a model, and to create `:predictLongRunning`.',
  'files/{name}': 'The name of a file.',
  '{file}': 'The name of a file.',
  '{host}': 'The host of this server.',
  '{owner}': 'The first part of the name of an endpoint.',
  '{alias}': 'Its second part.',
  '{third}': 'Its third part.',
  '{fourth}': 'Its fourth part.',
  '{fifth}': 'Its fifth part.',
  '{sixth}': 'Its sixth part.',
  '{seventh}': 'Its seventh part.',
  '{endpoint}': 'Any name: Cloudsway’s customers have one each.',
  'console/{path}': 'Any path of the console.',
  'docs/{page}': 'The name of a guide or of a file that the pages use.'
}

/** Of queries. */
export const queryParameters: Readonly<Record<string, string>> = {
  after: 'The `last_id` of the previous page: the list continues after it.',
  limit: 'How many items a page has at most.',
  order: 'Newest first (`desc`) or oldest first (`asc`).',
  format: 'The format of the answer; absent: as the `Accept` header says.',
  from: 'Since when, inclusive: Unix seconds, a date (its start in UTC) or an ISO 8601 time.',
  tz: 'The time zone of days, weeks and months, e.g. `Asia/Shanghai`.',
  step: 'How much time each point covers.',
  group_by:
    'What to group by, separated by commas: `key`, `model`, `channel`, `user`, and one of `hour`, `day`, `week`, `month`.',
  variant:
    'Which file: the video, its thumbnail, its last frame (where the vendor was asked for one), or its spritesheet: 16 frames in a grid of 4 × 4. Thumbnail and spritesheet are WebP, made by ffmpeg; without it a thumbnail is the vendor’s, in any format.',
  number: 'Which of several videos (`n`), from 0.',
  expires: 'When a signed link ends, in Unix seconds. Part of the link.',
  signature: 'The signature of a signed link. Part of the link.',
  wait: 'Answer only when the video has finished, or after this many seconds (0 to 120). As the header `Prefer: wait=30`.',
  state: 'States of tasks, separated by commas. Refused tasks are listed only when `refused` is among them.',
  status: 'A status: of tasks in OpenAI’s words or `refused`, of deliveries `pending`, `delivered` or `failed`.',
  q: 'Text to find: of tasks in the prompt, or the beginning of an id; of changes anywhere.',
  model: 'The public name of a model.',
  channel: 'The id of a channel.',
  key: 'The id of a key.',
  user: 'Of tasks the `user` of the request; of sessions the id of a user.',
  error: 'The error code of failed tasks.',
  vendor_code: 'The vendor’s own error code.',
  group: '`metadata.group` of the request.',
  min_cost: 'The least that a task was charged, a decimal.',
  max_cost: 'The most that a task was charged, a decimal.',
  sort: 'What to sort by. `cost` and `duration` list ended tasks only.',
  endpoint: 'The id of a webhook endpoint.',
  task: 'The id of a video.',
  event: 'The id of an event.',
  kind: 'The kind of a ledger entry.',
  who: 'The id or the name of who made the change.',
  to: 'Of reports until when, exclusive: Unix seconds, a date or an ISO 8601 time; of a sign-in the page of the console to go to.',
  archive: 'Whether the archived videos themselves are in it.',
  days: 'How many of the last days to list (at most 90).',
  what: 'An action (`key.create`) or a type of objects (`key`).',
  target: 'The id of the object that was changed.'
}

/** Headers of requests that several operations read. */
export const headers = {
  'Idempotency-Key': {
    description:
      'Makes repeating a request safe: the same key with the same fields returns the same video for 72 hours; with other fields it is a 422. 1 to 255 printable ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: 'order-1742'
  },
  Prefer: {
    description: 'Answer only when the video has finished, or after so many seconds (at most 120).',
    schema: { type: 'string' },
    example: 'wait=30'
  },
  'x-reelay-key': {
    description:
      'For admins: act as the key with this id. Its models, budget and limits apply, and what is made belongs to it.',
    schema: { type: 'string' },
    example: 'key_019a5f0000007000800000000000000a'
  },
  'Last-Event-ID': {
    description:
      'The id of the last event that was received: the stream continues after it. Browsers send it by themselves.',
    schema: { type: 'string' }
  },
  Range: { description: 'One range of bytes.', schema: { type: 'string' }, example: 'bytes=0-1023' },
  'If-None-Match': { description: 'An `ETag`: answers 304 when the file is the same.', schema: { type: 'string' } },
  'If-Range': { description: 'An `ETag`: without a match the range is ignored.', schema: { type: 'string' } }
} as const satisfies Record<string, { description: string; schema: object; example?: string }>

/** Headers of answers. */
export const answerHeaders: Readonly<Record<string, { description: string; schema: object }>> = {
  'x-request-id': { description: 'The id of this request, as in the log.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next request.', schema: { type: 'integer' } },
  'openai-poll-after-ms': {
    description: 'Milliseconds until the next poll is worthwhile. Only while the video is unfinished.',
    schema: { type: 'integer' }
  },
  'x-should-retry': {
    description: '`false`: a retry cannot help, or might pay twice. OpenAI’s SDKs obey it.',
    schema: { type: 'string', enum: ['true', 'false'] }
  },
  'idempotent-replayed': {
    description: '`true`: this video was made by an earlier request with the same Idempotency-Key.',
    schema: { type: 'string' }
  },
  'Preference-Applied': { description: 'The wait that was applied.', schema: { type: 'string' } },
  'x-ratelimit-limit-requests': { description: 'Requests per minute of this key.', schema: { type: 'integer' } },
  'x-ratelimit-remaining-requests': { description: 'Requests that are left now.', schema: { type: 'integer' } },
  'x-ratelimit-reset-requests': {
    description: 'Time until all are left again, e.g. `6s`.',
    schema: { type: 'string' }
  },
  'Content-Range': { description: 'The range of a 206.', schema: { type: 'string' } },
  ETag: { description: 'Identifies the file.', schema: { type: 'string' } },
  'Set-Cookie': { description: 'The session, in `reelay_session`.', schema: { type: 'string' } },
  Location: { description: 'Where to go.', schema: { type: 'string' } }
}
