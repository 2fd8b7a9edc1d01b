import { setTimeout as sleep } from 'node:timers/promises'
import { Option, type Command } from 'commander'
import type { Video } from '../fronts/documented/video.ts'
import { jsonOption } from './arguments.ts'
import { ask, type Client } from './client.ts'
import { exitCodes } from './exit.ts'
import { withClient } from './open.ts'
import { print, printFields, printTable, say, time, type Cell, type Format } from './print.ts'
import { costText, stateCell, taskListCommand, type Task } from './task-list.ts'

type TaskDetail = Task & {
  attempts: {
    id: string
    channel: string
    channel_name: string | null
    upstream_model: string
    upstream_id: string | null
    outcome: string | null
    failure: { kind: string; message: string } | null
    started_at: number
  }[]
  ledger: { kind: string; amount: string; currency: string; reason: string | null; created_at: number }[]
  deliveries: { url: string; status: string }[]
}

interface ResolveOptions extends Format {
  as: 'lost' | 'charged' | 'found'
  upstreamId?: string
  reason?: string
}

const EVERY_MS = 1000

export function tasksCommand(program: Command) {
  const tasks = program.command('tasks').description('tasks of all keys')

  taskListCommand(tasks)

  tasks
    .command('get <id>')
    .description('show a task with its attempts and ledger')
    .addOption(jsonOption())
    .action((id: string, options: Format) =>
      withClient(async client => print(await inspect(client, id), options, printTask))
    )

  tasks
    .command('cancel <id>')
    .description('cancel a task, also at the vendor where possible')
    .addOption(jsonOption())
    .action((id: string, options: Format) =>
      withClient(
        async client => {
          const video = await ask<Video>(client, 'POST', `/openai/v1/videos/${encodeURIComponent(id)}/cancel`)
          print(video, options, () =>
            say(
              hasEnded(video.status)
                ? `${video.id} ${outcomeOf(video)}`
                : `${video.id} is being cancelled; now ${outcomeOf(video)}`
            )
          )
        },
        { engine: true }
      )
    )

  tasks
    .command('resolve <id>')
    .description('decide what became of a task at its vendor')
    .addOption(
      new Option('--as <outcome>', 'lost: release the hold; charged: charge it; found: continue the task')
        .choices(['lost', 'charged', 'found'])
        .makeOptionMandatory()
    )
    .option('--upstream-id <id>', 'with found: the vendor’s id of the task')
    .option('--reason <text>', 'with lost and charged: why, for the ledger')
    .addOption(jsonOption())
    .action((id: string, { as: outcome, upstreamId, reason, json }: ResolveOptions) =>
      withClient(async client => {
        const body = { outcome, upstream_id: upstreamId, reason }
        const task = await ask<Task>(client, 'POST', `/admin/tasks/${encodeURIComponent(id)}/resolve`, body)
        print(task, { json }, () => say(`${task.id} is resolved as ${outcome}; now ${outcomeOf(task)}`))
      })
    )

  tasks
    .command('tail [id]')
    .description('follow a task until it ends, or all tasks')
    .addOption(jsonOption())
    .action((id: string | undefined, options: Format) =>
      withClient(client => (id === undefined ? tailAll(client, options) : tailOne(client, id, options)))
    )
}

const inspect = (client: Client, id: string) => ask<TaskDetail>(client, 'GET', `/admin/tasks/${encodeURIComponent(id)}`)

function cellOf(status: string): Cell {
  if (status === 'failed') return { text: status, style: 'red' }
  return hasEnded(status) ? { text: status, style: 'green' } : status
}

function printTask(task: TaskDetail) {
  printFields({
    id: task.id,
    state: stateCell(task.state),
    status: cellOf(task.status),
    progress: `${task.progress}%`,
    error: task.error && `${task.error.code}: ${task.error.message}`,
    model: task.model,
    prompt: task.prompt,
    seconds: task.seconds || null,
    size: task.size || null,
    key: `${task.key.name} (${task.key.id})`,
    channel: task.channel && `${task.channel.name} (${task.channel.id})`,
    price: task.price && `${task.price.amount} ${task.price.currency}`,
    cost: costText(task.charged, task.held),
    created: time(task.created_at),
    completed: time(task.completed_at),
    expires: time(task.expires_at),
    url: task.url
  })
  for (const { field, reason } of task.metadata.warnings ?? []) say(`warning  ${field}: ${reason}`)
  section('Attempts', task.attempts, ['STARTED (UTC)', 'CHANNEL', 'MODEL', 'OUTCOME', "VENDOR'S ID"], one => [
    time(one.started_at),
    one.channel_name ?? one.channel,
    one.upstream_model,
    one.failure ? `${one.outcome ?? 'ended'} (${one.failure.kind}: ${one.failure.message})` : (one.outcome ?? 'open'),
    one.upstream_id
  ])
  section('Ledger', task.ledger, ['AT (UTC)', 'KIND', 'AMOUNT', 'REASON'], one => [
    time(one.created_at),
    one.kind,
    `${one.amount} ${one.currency}`,
    one.reason
  ])
  section('Deliveries', task.deliveries, ['STATUS', 'URL'], one => [one.status, one.url])
}

function section<Item>(title: string, items: readonly Item[], heading: readonly string[], row: (item: Item) => Cell[]) {
  if (items.length === 0) return
  say(`\n${title}`)
  printTable(heading, items.map(row))
}

async function tailOne(client: Client, id: string, { json }: Format) {
  const path = `/openai/v1/videos/${encodeURIComponent(id)}`
  const printChange = createChangePrinter(json)
  for (let query = ''; ; query = '?wait=1') {
    const video = await ask<Video>(client, 'GET', `${path}${query}`)
    printChange(video)
    if (!hasEnded(video.status)) continue
    if (video.status === 'failed') process.exitCode = exitCodes.failed
    return
  }
}

/** Follows the running tasks, and new ones, until stopped. */
async function tailAll(client: Client, { json }: Format) {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  process.once('SIGTERM', () => stopping.abort())
  const printChange = createChangePrinter(json)
  const running = new Set<string>()
  let newest: string | undefined
  while (!stopping.signal.aborted) {
    const latest = (await ask<{ data: Task[] }>(client, 'GET', '/admin/tasks?limit=100')).data
    const fresh = latest.filter(({ id, status }) => (newest === undefined ? !hasEnded(status) : id > newest))
    newest = latest[0]?.id ?? newest ?? ''
    for (const { id } of fresh) running.add(id)
    for (const id of running) {
      const task = latest.find(one => one.id === id) ?? (await inspect(client, id))
      printChange(task)
      if (hasEnded(task.status)) running.delete(id)
    }
    await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
  }
}

/** Returns a function that prints a task when it has changed. */
function createChangePrinter(json = false) {
  const last = new Map<string, string>()
  return (video: Video) => {
    const now = `${video.status} ${video.progress} ${video.metadata.queue_position}`
    if (last.get(video.id) === now) return
    last.set(video.id, now)
    if (json) say(JSON.stringify(video))
    else say(`${new Date().toISOString().slice(11, 19)}  ${video.id}  ${outcomeOf(video)}`)
  }
}

const hasEnded = (status: string) => status === 'completed' || status === 'succeeded' || status === 'failed'

function outcomeOf({ status, progress, error, metadata: { queue_position: position } }: Video): string {
  if (error) return `failed (${error.code}): ${error.message}`
  if (position !== undefined) return `${status}, queue position ${position}`
  return hasEnded(status) ? status : `${status} ${progress}%`
}
