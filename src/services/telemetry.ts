import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Task } from '../db/index.ts'
import type { CopyTry } from '../files/archiver.ts'
import type { Signal } from '../lib/signal.ts'
import { version } from '../lib/version.ts'
import { measureCalls } from '../metrics/calls.ts'
import { createMetrics } from '../metrics/index.ts'
import type { Stores } from '../stores/index.ts'
import type { TaskChange } from '../stores/tasks.ts'
import { createExchangeLog } from '../tasks/exchange-log.ts'
import { createJournal, type ToldMoment } from '../tasks/journal.ts'
import type { Routing } from '../tasks/routing.ts'
import { watchExchange } from '../tasks/watched-exchange.ts'
import type { Exchange } from '../upstream/exchange.ts'

interface Dependencies {
  config: Config
  stores: Stores
  routing: Routing
  exchange: Exchange
  /** what the exchange log stores now */
  exchangeLog(): 'errors' | 'all' | 'off'
  taskChanges: Signal<TaskChange>
  now(): number
  monotonic(): number
  log: Logger
}

/** Creates what watches the work and never changes it: metrics, traces, the log's lines about tasks, the log of what vendors were sent. */
export async function openTelemetry({
  config,
  stores,
  routing,
  exchange,
  exchangeLog: mode,
  taskChanges,
  now,
  monotonic,
  log
}: Dependencies) {
  const channelOf = routing.nameOf
  const metrics = createMetrics({ routing, version: version() })
  const tracing = await openTracing({ config, now, log })
  const exchangeLog = createExchangeLog({ store: stores.exchanges, mode, load: stores.tasks.get, now, log })
  const journal = createJournal({
    ...stores,
    attemptsOf: stores.tasks.attemptsOf,
    askedOf: stores.taskDetails.askedOf,
    onMoment(told: ToldMoment) {
      metrics.task(told)
      tracing?.task(told)
    },
    log
  })
  const unlogged = (err: unknown) => log.warn({ err }, 'exchange log')
  taskChanges.subscribe(change => void exchangeLog.changed(change).catch(unlogged))
  taskChanges.subscribe(({ moment }) => moment && journal.record(moment))

  return {
    metrics,
    tracing,
    journal,
    /** the exchange, watched */
    exchange: watchExchange({
      exchange,
      watchers: [
        exchangeLog.watcher,
        ...(tracing ? [tracing.calls(channelOf)] : []),
        measureCalls({ record: metrics.upstream, channelOf, monotonic })
      ],
      log
    }),

    /** A video was copied to the archive, or could not be. */
    onCopy(task: Task, copy: CopyTry) {
      if (copy.bytes !== null) metrics.archived(copy.bytes)
      tracing?.archive(task, copy)
    },

    async close() {
      metrics.stop()
      await journal.done()
      await tracing?.stop()
    }
  }
}

/** Loads what traces videos, when there is a collector to send traces to. */
async function openTracing({ config, now, log }: Pick<Dependencies, 'config' | 'now' | 'log'>) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = config
  if (endpoint === undefined) return null
  const { createTracing } = await import('../tracing/index.ts')
  return createTracing({ endpoint, headers, serviceName: config.OTEL_SERVICE_NAME, version: version(), now, log })
}
