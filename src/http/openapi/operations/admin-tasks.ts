import { z } from 'zod'
import { bulk } from '../../routes/admin/tasks.ts'
import { resolution } from '../../routes/admin/ledger.ts'
import { period, steps } from '../../routes/admin/insights.ts'
import { taskFilter, taskQuery } from '../../routes/admin/task-query.ts'
import { ok, type Section } from '../operation.ts'
import { Attention, FailureGroup, Overview, Point } from '../shapes/insight.ts'
import { listOf } from '../shapes/shared.ts'
import { BulkCancel, Exchange, Task, TaskDetail, TaskSummary } from '../shapes/task.ts'

const reads = { access: 'admin', needs: 'tasks:read' } as const
const writes = { access: 'admin', needs: 'tasks:write' } as const

const id = 'video_019a5f3c8e1b7000a1b2c3d4e5f60718'

export const tasks: Section = {
  name: 'Tasks',
  description: 'The videos of all keys, with what happened to them at the vendors.',
  operations: {
    'GET /admin/tasks': {
      ...reads,
      id: 'listTasks',
      summary: 'List tasks',
      description:
        '`last_id` is the last task that was looked at: with a rare filter a page may be short, or empty, while `has_more` is true. As CSV or NDJSON: all tasks of the filter.',
      query: taskQuery,
      answers: {
        200: {
          description: 'A page of tasks.',
          schema: listOf(Task),
          types: {
            'text/csv': 'All of the filter.',
            'application/x-ndjson': 'All of the filter, one JSON object a line.'
          }
        }
      }
    },
    'GET /admin/tasks/summary': {
      ...reads,
      id: 'summarizeTasks',
      summary: 'Count tasks',
      query: taskFilter,
      answers: ok(TaskSummary, 'Counts and sums.')
    },
    'GET /admin/tasks/{id}': {
      ...reads,
      id: 'retrieveTask',
      summary: 'Retrieve a task',
      answers: ok(TaskDetail, 'The task.'),
      errors: ['video_not_found']
    },
    'GET /admin/tasks/{id}/exchanges': {
      ...reads,
      id: 'listExchanges',
      summary: 'List the requests to vendors',
      description: 'As far as `EXCHANGE_LOG` keeps them, for two weeks.',
      answers: ok(listOf(Exchange), 'What was sent and answered.'),
      errors: ['video_not_found']
    },
    'POST /admin/tasks/cancel': {
      ...writes,
      id: 'cancelTasks',
      summary: 'Cancel many tasks',
      description: 'By ids, or by a filter and the number of tasks that you expect it to find.',
      body: {
        schema: bulk,
        examples: {
          'by ids': { ids: [id] },
          'by a filter': { filter: { state: 'waiting', model: 'kling-v1' }, expected_count: 12 }
        }
      },
      answers: ok(BulkCancel, 'Those that were cancelled.'),
      errors: ['conflict', 'video_not_found']
    },
    'POST /admin/tasks/{id}/cancel': {
      ...writes,
      id: 'cancelTask',
      summary: 'Cancel a task',
      answers: ok(Task, 'The task.'),
      errors: ['video_not_found']
    },
    'PUT /admin/tasks/{id}/thumbnail': {
      ...writes,
      id: 'putThumbnail',
      summary: 'Store a thumbnail',
      description: 'For videos whose vendor has none: a picture of at most 40 kB, as the console makes it.',
      body: { schema: z.any().meta({ type: 'string', format: 'binary' }), examples: {}, type: 'image/webp' },
      answers: ok(Task, 'The task.'),
      errors: ['video_not_found', 'video_not_ready', 'unsupported', 'conflict', 'video_expired']
    },
    'POST /admin/tasks/{id}/rerun': {
      ...writes,
      id: 'rerunTask',
      summary: 'Run a task again',
      description: 'A new task with the same request, for the same key. Not possible when its images were not links.',
      answers: ok(Task, 'The new task.'),
      errors: [
        'video_not_found',
        'unsupported',
        'model_not_found',
        'model_not_allowed',
        'rate_limit_exceeded',
        'insufficient_quota',
        'upstream_error',
        'no_channel_available',
        'upstream_timeout',
        'content_policy_violation',
        'conflict'
      ]
    },
    'POST /admin/tasks/{id}/resolve': {
      ...writes,
      id: 'resolveTask',
      summary: 'Decide an unknown outcome',
      description:
        'For a submit whose answer was lost, after a look into the vendor’s own console: `lost` releases the hold, `charged` books it, `found` continues with the vendor’s task.',
      body: {
        schema: resolution,
        examples: {
          lost: { outcome: 'lost', reason: 'not in the vendor’s list' },
          found: { outcome: 'found', upstream_id: '8473920' }
        }
      },
      answers: ok(Task, 'The task.'),
      errors: ['video_not_found', 'conflict', 'upstream_error', 'upstream_timeout', 'no_channel_available']
    }
  }
}

export const insights: Section = {
  name: 'Overview',
  description: 'What happened in a period, and what happens now. `before` is the equally long period before it.',
  operations: {
    'GET /admin/overview': {
      ...reads,
      id: 'retrieveOverview',
      summary: 'Retrieve the overview',
      query: period,
      answers: ok(Overview, 'The overview.')
    },
    'GET /admin/series': {
      ...reads,
      id: 'listSeries',
      summary: 'List points over time',
      query: steps,
      answers: ok(listOf(Point), 'The points.')
    },
    'GET /admin/failures': {
      ...reads,
      id: 'listFailures',
      summary: 'List kinds of failures',
      query: period,
      answers: ok(listOf(FailureGroup), 'The most frequent first.')
    },
    'GET /admin/attention': {
      ...reads,
      id: 'listAttention',
      summary: 'List what needs a person',
      answers: ok(listOf(Attention), 'What needs a person now.')
    },
    'GET /admin/events': {
      ...reads,
      id: 'streamEvents',
      summary: 'Stream what changes',
      description:
        'Server-sent events `task`, `channel`, `delivery`, `budget`, `settings`, and `resync`: too much changed at once, read the lists again.',
      headers: ['Last-Event-ID'],
      answers: { 200: { description: 'The stream.', types: { 'text/event-stream': 'Server-sent events.' } } }
    }
  }
}
