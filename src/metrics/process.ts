import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'

/* This process, by the names that dashboards of Node programs know. */

const SAMPLE_EVERY = 100

/** Registers what is known of this process, and starts to sample the lag of its event loop. Returns a function that stops that. */
export function watchProcess(registry: Registry, version: string): () => void {
  const registers = [registry]
  const lag = new Histogram({
    name: 'reelay_event_loop_lag_seconds',
    help: 'How late a timer was that is due ten times a second.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers
  })
  new Gauge({
    name: 'reelay_build_info',
    help: 'Always 1; its labels say what runs.',
    labelNames: ['version', 'node'],
    registers
  }).set({ version, node: process.version }, 1)
  gauge('process_start_time_seconds', 'Unix time at which the process began.', () => performance.timeOrigin / 1000)
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed)
  gauge('nodejs_heap_size_total_bytes', 'JavaScript heap.', () => process.memoryUsage().heapTotal)
  gauge('nodejs_external_memory_bytes', 'Memory of buffers outside the heap.', () => process.memoryUsage().external)
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    }
  })

  let due = performance.now() + SAMPLE_EVERY
  const timer = setInterval(() => {
    const late = performance.now() - due
    lag.observe(Math.max(0, late) / 1000)
    due = performance.now() + SAMPLE_EVERY
  }, SAMPLE_EVERY)
  timer.unref()
  return () => clearInterval(timer)

  function gauge(name: string, help: string, read: () => number) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      }
    })
  }
}
