import { expect, test } from 'vitest'
import { auditVendors } from '../../src/domain/audit-vendors.ts'
import { vendors } from '../../src/vendors/index.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 11, 1)

test('every vendor and every page of prices says when it was checked, and none in the future', () => {
  const known = auditVendors(vendors, now)
  for (const { vendor, checked, source, age } of known) {
    expect(checked, vendor).toMatch(/^\d{4}-\d\d(-\d\d)?$/)
    expect(source.length, vendor).toBeGreaterThan(0)
    expect(age, vendor).toBeGreaterThanOrEqual(0)
    expect(Date.parse(checked), vendor).toBeLessThanOrEqual(now)
  }
  expect(new Set(known.map(({ vendor }) => vendor))).toEqual(new Set(Object.keys(vendors)))
  const priced = known.filter(({ vendor, what }) => vendor === 'kling' && what.startsWith('prices of'))
  expect(priced).toHaveLength(1)
  expect(priced[0]!.what).toContain('kling-o1')
})

test('the oldest come first, and a month is as old as its first day', () => {
  const of = (id: string, checked: string) => ({
    [id]: { ...vendors.kling!, id, prices: {}, facts: { ...vendors.kling!.facts, checked } }
  })
  const known = auditVendors({ ...of('new', '2026-11-30'), ...of('old', '2026-08') }, now)
  expect(known.map(({ vendor, age }) => [vendor, age])).toEqual([
    ['old', (now - Date.UTC(2026, 7, 1)) / DAY],
    ['new', 1]
  ])
})
