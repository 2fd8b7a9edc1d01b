import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { vendors, type Vendor } from '../../src/vendors/index.ts'
import { generalOptions } from '../../src/vendors/shared/options.ts'

/* src/vendors/README.md tells the truth. After a change: UPDATE_README=1 vitest run --config test/vitest.config.ts test/vendors/readme.test.ts */

const folder = join(import.meta.dirname, '../../src/vendors')
const path = join(folder, 'README.md')
const readme = () => readFileSync(path, 'utf8')

describe('src/vendors/README.md', () => {
  test.each([
    ['abilities', abilityTable],
    ['checked', checkedTable],
    ['options', optionTable]
  ])('its table of %s is what the code says', (name, table) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*(<!-- /${name} -->)`)
    if (process.env.UPDATE_README)
      writeFileSync(
        path,
        readme().replace(between, (_, open: string, close: string) => open + table() + close)
      )
    expect(between.exec(readme())?.[0]).toBe(`<!-- ${name} -->\n${table()}<!-- /${name} -->`)
  })

  test('its links lead somewhere', () => {
    const targets = Array.from(readme().matchAll(/\]\(([^)]+)\)/g), ([, target = '']) => target)
    expect(targets.length).toBeGreaterThan(10)
    for (const target of targets) expect(() => readFileSync(join(folder, target))).not.toThrow()
  })
})

const cancels = { any: 'yes', queued: 'while queued', none: 'no' }
const callbacks = { signed: 'signed', unsigned: 'unsigned', none: 'no' }
const lookups = { reference: 'by our id', list: 'in its list', none: 'no' }

function abilityTable(): string {
  const rows = Object.values(vendors).map(({ id, name, facts, probe }) => [
    `${name} (\`${id}\`)`,
    cancels[facts.cancel],
    callbacks[facts.callback],
    lookups[facts.lookup],
    facts.progress ? 'yes' : 'no',
    linkOf(facts),
    facts.downloadNeedsAuth ? 'with credential' : 'plain link',
    probe ? 'free' : 'none'
  ])
  return table(['', 'cancel', 'callback', 'lost submit', 'progress', 'link', 'download', 'probe'], rows)
}

function linkOf({ linkSeconds, linkRenews, inlineResults }: Vendor['facts']): string {
  const life = linkSeconds === null ? 'not documented' : duration(linkSeconds)
  return [life, ...(linkRenews ? ['renewed by a poll'] : []), ...(inlineResults ? ['or inside the answer'] : [])].join(
    ', '
  )
}

function duration(seconds: number): string {
  const [count, unit] = seconds % 86_400 === 0 ? [seconds / 86_400, 'day'] : [seconds / 3600, 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function checkedTable(): string {
  const rows = Object.values(vendors).map(({ id, facts, models }) => [
    `\`${id}\``,
    facts.checked,
    String(Object.keys(models).length),
    facts.missing ?? '–'
  ])
  return table(['', 'last checked', 'listed', 'offered, and missing here'], rows)
}

function optionTable(): string {
  return table(
    ['option', 'what it does'],
    Object.entries(generalOptions).map(([name, option]) => [`\`${name}\``, option.description ?? ''])
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}
