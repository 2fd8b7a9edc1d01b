import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AdminTasks, DescribedTask } from '../../../admin/tasks.ts'
import type { Audit } from '../../../admin/audit.ts'
import { defined } from '../../../lib/defined.ts'
import { toDecimal } from '../../../lib/money.ts'
import type { Thumbnails } from '../../../files/thumbnails.ts'
import type { TaskTotals } from '../../../stores/task-search.ts'
import type { Tasks } from '../../../tasks/tasks.ts'
import type { Presenter } from '../../video/presenter.ts'
import { parse, refuse } from '../../parse.ts'
import { byOf, needs } from '../../plugins/caller.ts'
import { readBody } from '../../plugins/intake.ts'
import { formatOf, sendExport } from './export.ts'
import { csvOf, linesOf } from './task-export.ts'
import { searchOf, taskFilter, taskQuery } from './task-query.ts'
import { page } from '../list.ts'
import { showDetail, showExchange, showTask, type ShownTask } from './task-view.ts'

export interface TaskServices {
  tasks: Tasks
  thumbnails: Thumbnails
  adminTasks: AdminTasks
  presenter: Presenter
  audit: Audit
}

const THUMBNAIL_LIMIT = 40_000

type WithId = { Params: { id: string } }

const filterBody = z.strictObject({
  ...taskFilter.shape,
  state: z.union([z.string(), z.array(z.string()).transform(list => list.join(','))]).optional()
})

export const bulk = z.union([
  z.strictObject({ ids: z.array(z.string().max(200)).min(1).max(1000) }),
  z.strictObject({ filter: filterBody, expected_count: z.int().min(1) })
])

/** The tasks of all keys: found, counted, exported, followed, cancelled and made again. */
export async function taskRoutes(
  app: FastifyInstance,
  { tasks, thumbnails, adminTasks, presenter, audit }: TaskServices
) {
  const show = async (request: FastifyRequest, described: DescribedTask): Promise<ShownTask> =>
    showTask(await presenter.show(request, described.task), described)

  async function detail(request: FastifyRequest, id: string) {
    const found = await adminTasks.detail(id)
    return showDetail(await presenter.show(request, found.task), found)
  }

  async function* shown(request: FastifyRequest, rows: AsyncIterable<DescribedTask>) {
    for await (const row of rows) yield show(request, row)
  }

  app.get('/tasks', needs('tasks:read', taskQuery), async (request, reply) => {
    const {
      after,
      limit,
      order,
      sort,
      format = formatOf(request.headers.accept),
      ...filter
    } = parse(taskQuery, request.query)
    const search = searchOf(filter)
    if (format !== 'json') {
      const rows = shown(request, adminTasks.all({ ...search, sort, order }))
      return sendExport(reply, format === 'csv' ? csvOf(rows) : linesOf(rows), format, 'tasks')
    }
    const { rows, hasMore, last } = await adminTasks.list({ ...search, sort, order, limit, ...defined({ after }) })
    const data = await Promise.all(rows.map(row => show(request, row)))
    // the last one that was looked at: a rare match may need several pages
    return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: last, has_more: hasMore }
  })

  app.get('/tasks/summary', needs('tasks:read', taskFilter), async request =>
    showTotals(await adminTasks.totals(searchOf(parse(taskFilter, request.query))))
  )

  app.get<WithId>('/tasks/:id', needs('tasks:read'), async request => detail(request, request.params.id))

  app.get<WithId>('/tasks/:id/exchanges', needs('tasks:read'), async request =>
    page((await adminTasks.exchangesOf(request.params.id)).map(showExchange), false)
  )

  app.post('/tasks/cancel', needs('tasks:write'), async request => {
    const body = parse(bulk, request.body)
    const by = byOf(request)
    const cancelled =
      'ids' in body
        ? await adminTasks.cancelMany(request.key, body.ids, by)
        : await adminTasks.cancelFound(request.key, searchOf(filterOf(body.filter)), body.expected_count, by)
    return { object: 'task.bulk_cancel', count: cancelled.length, ids: cancelled }
  })

  app.post<WithId>('/tasks/:id/cancel', needs('tasks:write'), async request => {
    const task = await tasks.cancel(request.key, request.params.id)
    const target = { type: 'task', id: task.id, name: task.model } as const
    await audit.add(byOf(request), { action: 'task.cancel', target })
    const [described] = await adminTasks.describe([task])
    return show(request, described!) // one for each task
  })

  app.register(async images => {
    images.removeAllContentTypeParsers()
    images.addContentTypeParser('image/webp', async (request: FastifyRequest, payload: IncomingMessage) =>
      readBody(request, payload)
    )
    images.put<WithId>(
      '/tasks/:id/thumbnail',
      { ...needs('tasks:write'), bodyLimit: THUMBNAIL_LIMIT },
      async request => {
        const task = await tasks.get(request.key, request.params.id)
        // true because of the only parser of this scope; without a body there is none
        const image = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
        const after = await thumbnails.store(task, image)
        const target = { type: 'task', id: task.id, name: task.model } as const
        await audit.add(byOf(request), { action: 'task.thumbnail', target, after })
        const [described] = await adminTasks.describe([task])
        return show(request, described!) // one for each task
      }
    )
  })

  app.post<WithId>('/tasks/:id/rerun', needs('tasks:write'), async request => {
    const task = await adminTasks.rerun(request.params.id, byOf(request))
    const [described] = await adminTasks.describe([task])
    return show(request, described!) // one for each task
  })
}

/** Reads the filter of a body as the query of the list, whose values are texts. */
function filterOf(body: z.infer<typeof filterBody>) {
  if (Object.keys(body).length === 0) throw refuse('filter', 'must have at least one condition')
  return parse(taskFilter, body)
}

function showTotals({ count, capped, lines }: TaskTotals) {
  const sum = (field: 'charged' | 'held') => {
    const amounts = new Map<string, number>()
    for (const line of lines)
      if (line.currency !== null && (field === 'charged' || line[field] > 0))
        amounts.set(line.currency, (amounts.get(line.currency) ?? 0) + line[field])
    return [...amounts].map(([currency, micro]) => ({ amount: toDecimal(micro), currency }))
  }
  const states: Record<string, number> = {}
  for (const line of lines) states[line.state] = (states[line.state] ?? 0) + line.count
  return {
    object: 'task.summary',
    count,
    capped,
    charged: sum('charged'),
    held: sum('held'),
    seconds: lines.reduce((all, line) => all + line.seconds, 0),
    by_state: states
  }
}
