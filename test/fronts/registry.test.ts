import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { formats, frontOf, fronts } from '../../src/fronts/index.ts'
import type { Front } from '../../src/fronts/front.ts'
import { bareId, ourId, prefixedId, uuid } from '../../src/fronts/shared/ids.ts'
import { groupsOf, urlOf } from '../../src/http/fronts/mount.ts'
import { vendors } from '../../src/vendors/index.ts'
import { refusalOf } from './refusals.ts'

/* What holds for every front. After a change of a front: UPDATE_README=1 vitest run --config test/vitest.config.ts test/fronts/registry.test.ts */

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'src/fronts')
const all: readonly Front[] = [...formats, ...fronts]

describe.each(all)('$id', front => {
  test('owns its routes, and nothing else does', () => {
    for (const { path } of front.routes) {
      const owners = fronts.filter(({ owns }) => owns.test(urlOf(path)) || owns.test(path)).map(({ id }) => id)
      // what no other front owns is answered as the documented formats answer
      expect([path, owners]).toEqual([path, formats.includes(front) ? [] : [front.id]])
      expect([path, front.owns.test(urlOf(path))]).toEqual([path, true])
    }
    for (const path of [
      '/v1/videos',
      '/v1/videos/video_1',
      '/v1/video/generations',
      '/v1/models',
      '/v1/models/x',
      '/admin/tasks'
    ])
      expect([path, frontOf(path)]).toEqual([path, undefined])
  })

  test('has one route for each request: only the last of a path has no condition', () => {
    for (const group of groupsOf(front))
      for (const route of group.slice(0, -1)) expect([route.path, typeof route.when]).toEqual([route.path, 'function'])
  })

  test('writes every error, with its message', () => {
    for (const code of errorCodes) {
      const { status, body } = front.error(refusalOf(code, 'what is wrong'))
      expect(JSON.stringify(body)).toContain('what is wrong')
      // MiniMax's errors, and Jimeng's for a task that it does not know, are in answers of status 200
      expect([code, status >= 400 || front.id === 'minimax' || code === 'video_not_found']).toEqual([code, true])
    }
  })

  test('has at most 250 lines', () => {
    const own = join(folder, front.id)
    const lines = readdirSync(own).reduce(
      (sum, file) => sum + readFileSync(join(own, file), 'utf8').split('\n').length,
      0
    )
    expect(lines).toBeLessThanOrEqual(251)
  })

  test('names twins that there are, and clients that are installed', () => {
    for (const { vendor } of front.twins ?? []) expect(vendors).toHaveProperty(vendor)
    for (const client of front.clients) expect(statSync(join(root, 'node_modules', client)).isDirectory()).toBe(true)
  })
})

test('an id in any form is the same video', () => {
  const id = 'video_019a5f00000070008000000000000001'
  for (const form of [
    id,
    bareId(id),
    uuid(id),
    prefixedId('xvid_', id),
    prefixedId('task_', id),
    prefixedId('cgt-', id)
  ])
    expect([form, ourId(form)]).toEqual([form, id])
  expect(uuid(id)).toBe('019a5f00-0000-7000-8000-000000000001')
  for (const other of ['', 'video_1', 'constructor', '../x', `${id}0`]) expect(ourId(other)).toBe(other)
})

describe('the tables', () => {
  test.each([
    ['src/fronts/README.md', describeAll],
    ['README.md', baseUrls]
  ])('of %s are what the code says', (file, table) => {
    const path = join(root, file)
    const between = /(<!-- fronts -->\n)[^]*(<!-- \/fronts -->)/
    const text = () => readFileSync(path, 'utf8')
    if (process.env.UPDATE_README)
      writeFileSync(
        path,
        text().replace(between, (_, open: string, close: string) => open + table() + close)
      )
    expect(between.exec(text())?.[0]).toBe(`<!-- fronts -->\n${table()}<!-- /fronts -->`)
  })
})

function describeAll(): string {
  const rows = all.map(front => [
    `${front.name} (\`${front.id}\`)`,
    front.auth,
    groupsOf(front)
      .map(([{ method, path }]) => `\`${method} ${path}\``)
      .filter((_, index) => index < 6)
      .join('<br>') + (groupsOf(front).length > 6 ? '<br>…' : ''),
    [
      ...front.clients.map(client => `\`${client}\``),
      ...(front.twins ?? []).map(({ vendor }) => `our \`${vendor}\``)
    ].join(', ') || '–',
    front.callback ? `\`${front.callback.field}\`: ${front.callback.tells.map(told => words[told]).join(', ')}` : '–',
    front.limits.join(' ')
  ])
  return tableOf(['wire', 'key', 'routes', 'driven in tests by', 'calls back', 'what it cannot say'], rows)
}

const words = { started: 'start', ended: 'end' }

function baseUrls(): string {
  const rows = all.map(({ name, base, auth, clients }) => [
    `${name}${clients.length ? ` (${clients.map(client => `\`${client}\``).join(', ')})` : ''}`,
    `\`$REELAY_URL${base}\``,
    auth
  ])
  return tableOf(['Your program speaks', 'base URL', 'key'], rows)
}

function tableOf(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |\n`).join('')
}
