import { Registry } from '@prometheus-io/client'
import type { Routing } from '../tasks/routing.ts'
import type { ToldMoment } from '../tasks/journal.ts'
import { createCounters } from './counters.ts'
import { createGauges, type GaugeSources } from './gauges.ts'
import { createHttpMetrics } from './http.ts'
import { watchProcess } from './process.ts'

interface Dependencies {
  routing: Pick<Routing, 'find'>
  version: string
}

/** The metrics of this process in Prometheus' text format. Memory only: a restart begins at zero, as Prometheus expects of counters. */
export function createMetrics({ routing, version }: Dependencies) {
  const registry = new Registry()
  const counters = createCounters(registry)
  let stopWatching = () => {}
  let refresh = async () => {}
  let scraping: Promise<string> | undefined

  return {
    ...counters,
    http: createHttpMetrics(registry),
    contentType: registry.contentType,

    /** Counts a moment of a task, under its model's name if operators gave that name. */
    task(told: ToldMoment): void {
      void routing
        .find(told.task.model)
        .catch(() => undefined)
        .then(model => counters.task(told, model?.name ?? 'other'))
    },

    /** Begins to watch this process, and what the sources know. */
    start(sources: GaugeSources) {
      stopWatching = watchProcess(registry, version)
      refresh = createGauges(registry, sources)
    },

    stop: () => stopWatching(),

    /** Returns all metrics as text. Scrapes at the same time share one. */
    scrape(): Promise<string> {
      scraping ??= refresh()
        .then(() => registry.metrics())
        .finally(() => (scraping = undefined))
      return scraping
    }
  }
}

export type Metrics = ReturnType<typeof createMetrics>
