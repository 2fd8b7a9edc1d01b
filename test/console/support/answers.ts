import type { Attention, ErrorBody, List, Session, Status, TaskSummary } from '../../../src/console/api/types/index.ts'

/* Answers in the API's shapes, by method and path, for tests of what the console makes of them. */

interface Answer {
  status?: number
  body?: unknown
  /** of a stream of server-sent events */
  events?: string
  /** a file, e.g. a picture */
  raw?: { type: string; body: string | Buffer }
}

/** `offline`: nobody answers. */
export type Given = Answer | 'offline'

/** A request, with the names that Playwright has for it. */
export interface Asked {
  url(): string
  headers(): Record<string, string>
  resourceType(): string
  postDataJSON(): unknown
}

export type Answers = Record<string, Given | ((request: Asked) => Given) | null>

export const status: Status = {
  object: 'console.status',
  setup_needed: false,
  version: '0.4.0',
  methods: { password: true, key: true, oidc: null },
  public_url: null,
  sandbox: true
}

const reads = ['keys', 'channels', 'models', 'tasks', 'webhooks', 'usage', 'settings', 'users'] as const

/** An owner's session. */
export const owner: Session = {
  object: 'session',
  kind: 'user',
  user: { id: 'user_1', name: 'Lin Xia', email: 'lin@example.com', role: 'owner' },
  key: null,
  role: 'owner',
  csrf: '1',
  expires_at: 2_000_000_000,
  permissions: [
    ...reads.flatMap(room => [`${room}:read`, `${room}:write`] as const),
    'metrics:read',
    'audit:read',
    'sessions:own',
    'sign_in:write',
    'backup:read',
    'secrets:write'
  ]
}

/** Answers that sign a viewer in, who reads everything and writes nothing. */
export const viewer: Answers = {
  'GET /console/api/session': {
    body: { ...owner, role: 'viewer', permissions: owner.permissions.filter(one => one.endsWith(':read')) }
  }
}

/** A member key's session: only what is its own. */
export const member: Session = {
  ...owner,
  kind: 'member',
  user: null,
  key: { id: 'key_1', name: 'storyboard-app', role: 'member' },
  role: 'member',
  permissions: []
}

export const listOf = <Item extends { id?: string }>(data: Item[], more = false): List<Item> => ({
  object: 'list',
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: more
})

export const errorOf = (code: string, message: string, param: string | null = null): ErrorBody => ({
  error: { message, type: 'invalid_request_error', param, code }
})

const summary: TaskSummary = {
  object: 'task.summary',
  count: 24,
  capped: false,
  charged: [],
  held: [],
  seconds: 0,
  by_state: { waiting: 8, running: 15, needs_decision: 1 }
}

const outOfBalance: Attention & { id: string } = {
  id: 'channel_disabled:channel_1',
  kind: 'channel_disabled',
  severity: 'bad',
  subject: { type: 'channel', id: 'channel_1', name: 'veo' },
  since: 1_790_000_000,
  reason: 'insufficient_balance',
  action: { label_key: 'fix', href: '/channels?open=channel_1' }
}

/** What is answered unless a test says otherwise: an owner is signed in, and there is something to see. */
export const answers: Answers = {
  'GET /console/api/status': { body: status },
  'GET /console/api/session': { body: owner },
  'DELETE /console/api/session': { body: { object: 'session.deleted', deleted: true } },
  'GET /admin/events': { events: ': nothing happens\n\n' },
  'GET /admin/tasks/summary': { body: summary },
  'GET /admin/tasks': { body: listOf([]) },
  'GET /admin/attention': { body: listOf([outOfBalance]) }
}
