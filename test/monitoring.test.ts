import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { startFakeCloudsway } from './support/fake-cloudsway.ts'
import { forAllTests } from './support/per-test.ts'
import { readScrape, type Family } from './support/prometheus.ts'
import { checkQuery, type Query } from './support/promql.ts'
import { startTestServer } from './support/server.ts'
import { startReceiver } from './webhooks/receiver.ts'

/* The dashboard and the alerts ask for nothing that a busy server does not say. There is no Prometheus in a test run: promql.ts reads queries. */

const folder = join(import.meta.dirname, '..', 'docker', 'monitoring')
const read = (path: string) => readFileSync(join(folder, path), 'utf8')

interface Panel {
  id: number
  type: string
  title: string
  gridPos: { h: number; w: number; x: number; y: number }
  datasource?: { uid: string }
  targets?: { expr: string; legendFormat: string; refId: string }[]
}

// true because the file is ours; what it must have is tested below
const dashboard = JSON.parse(read('dashboard.json')) as { uid: string; panels: Panel[] }
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat }))
)
const alerts = Array.from(
  read('alerts.yml').matchAll(/- alert: (\w+)\n\s+expr: (?:>-\n((?: {10}.+\n)+)|(.+)\n)([^]*?)(?=\n\s+- alert|$)/g),
  ([, name = '', folded, plain, rest = '']) => ({
    name,
    expr: (folded ?? plain ?? '').replaceAll(/\s+/g, ' ').trim(),
    rest
  })
)

const vendor = forAllTests(startFakeCloudsway)
const receiver = forAllTests(async () => {
  let close = async () => {}
  return { ...(await startReceiver(end => (close = end))), close: () => close() }
})
const server = forAllTests(() =>
  startTestServer({ channel: vendor.channel({ name: 'main' }), env: { ARCHIVE_URL: '' } })
)
/** Every name of a series, with the labels it has. */
const known = new Map<string, Set<string>>()
let families: Map<string, Family>

beforeAll(async () => {
  await server.call('PATCH', '/admin/models/kling-v1', { prices: [{ amount: '0.25', currency: 'USD', unit: 'video' }] })
  await server.newChannel(vendor.channel({ name: 'narrow', models: { narrow: 'kling-v1' }, max_concurrency: 1 }))
  await server.call('POST', '/v1/webhook_endpoints', {
    name: 'ours',
    url: receiver.url,
    event_types: ['video.completed', 'video.failed']
  })
  await server.finished(await server.newVideo())
  await server.services.archiver?.tick()
  vendor.onPoll = () => 'failed'
  await server.finished(await server.newVideo())
  vendor.onPoll = () => 'processing'
  for (let made = 0; made < 2; made++) await server.newVideo({ model: 'narrow' })
  await server.advance(1000)
  await server.services.deliver.settled()
  await server.services.journal.done()
  families = readScrape(await (await server.ask('/metrics', {})).text())
  for (const { samples } of families.values())
    for (const { name, labels } of samples)
      known.set(name, new Set([...(known.get(name) ?? []), ...Object.keys(labels)]))
  // Prometheus' own
  known.set('up', new Set())
})

function expectKnown({ series, grouped }: Query) {
  for (const { name, labels } of series) {
    expect([...known.keys()], name).toContain(name)
    const has = new Set([...known.get(name)!, 'job', 'instance'])
    for (const label of [...labels, ...grouped]) expect([...has], `${name}{${label}}`).toContain(label)
  }
}

test('the server was busy: every metric has something to say', () => {
  // a breaker, spend and failures of an archive need trouble, but say zero
  const silent = [...families].filter(([, { samples }]) => samples.length === 0).map(([name]) => name)
  expect(silent).toEqual([])
})

describe('the dashboard', () => {
  test.each(queries)('$title: $expr', ({ expr, legendFormat }) => {
    const query = checkQuery(expr)
    expectKnown(query)
    const shown = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label]) => label!)
    for (const label of shown)
      expect(query.result ?? [...known.get(query.series[0]!.name)!, 'instance']).toContain(label)
  })

  test('is whole: panels with their queries, ids of their own, side by side', () => {
    expect(queries.length).toBeGreaterThan(25)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    for (const { title, targets = [], datasource } of panels) {
      expect(targets.length, title).toBeGreaterThan(0)
      expect(datasource?.uid).toBe('reelay-prometheus')
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    }
    const places = dashboard.panels.map(({ gridPos }) => gridPos)
    for (const [at, { x, y, w, h }] of places.entries()) {
      expect(x + w).toBeLessThanOrEqual(24)
      const overlaps = places.filter(
        (p, other) => other > at && p.x < x + w && x < p.x + p.w && p.y < y + h && y < p.y + p.h
      )
      expect(overlaps).toEqual([])
    }
  })

  test('what is the same on every node is not summed over nodes', () => {
    const shared = [...families].filter(([, { help }]) => help.includes('use max() over nodes')).map(([name]) => name)
    expect(shared.length).toBeGreaterThan(5)
    for (const { expr } of [...queries, ...alerts])
      for (const name of shared) expect(expr).not.toMatch(new RegExp(`sum(?: by \\([^)]*\\))? ?\\(${name}`))
  })

  test('shows every metric there is', () => {
    const asked = new Set(queries.flatMap(({ expr }) => checkQuery(expr).series.map(({ name }) => name)))
    const shown = [...families.keys()].filter(name => ['', '_bucket', '_count'].some(end => asked.has(name + end)))
    // what every Node program says, and what needs no picture
    const others = /^(process|nodejs)_|^reelay_(build_info|tasks_accepted_total|archived_files_total)$/
    expect([...families.keys()].filter(name => !shown.includes(name) && !others.test(name))).toEqual([])
  })
})

describe('the alerts', () => {
  test('there are some, each with words for who is woken', () => {
    expect(alerts.length).toBe(read('alerts.yml').match(/- alert:/g)?.length)
    expect(alerts.length).toBeGreaterThan(5)
    for (const { rest } of alerts) expect(rest).toMatch(/annotations:\n\s+summary: '[^']+\.'/)
  })

  test.each(alerts)('$name: $expr', ({ expr, rest }) => {
    const query = checkQuery(expr)
    expectKnown(query)
    const named = Array.from(rest.matchAll(/\$labels\.(\w+)/g), ([, label]) => label!)
    for (const label of named)
      expect(query.result ?? [...known.get(query.series[0]!.name)!, 'instance']).toContain(label)
  })
})

test('files point to each other: the token, the rules, the data source, the dashboard', () => {
  const compose = readFileSync(join(folder, '..', 'compose.yaml'), 'utf8')
  const token = /credentials_file: (\S+)/.exec(read('prometheus.yml'))![1]!
  expect(compose).toContain(`> ${token} `)
  const rules = /rule_files:\n\s+- (\S+)/.exec(read('prometheus.yml'))![1]!
  expect(compose).toContain(`./monitoring/alerts.yml:${rules}:ro`)
  expect(read('provisioning/datasources/prometheus.yaml')).toContain('uid: reelay-prometheus')
  const place = /path: (\S+)/.exec(read('provisioning/dashboards/reelay.yaml'))![1]!
  expect(compose).toContain(`./monitoring/dashboard.json:${place}/dashboard.json:ro`)
  for (const [, path = ''] of compose.matchAll(/- \.\/(monitoring\/[\w./-]+?)(?::|$)/gm))
    expect(() =>
      readFileSync(join(folder, '..', path.includes('.') ? path : `${path}/dashboards/reelay.yaml`))
    ).not.toThrow()
  expect(read('prometheus.yml')).toContain('job_name: reelay')
})
