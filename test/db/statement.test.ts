import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('no two prepared queries have one name: stores of one database share what was prepared', () => {
  const names = globSync('src/**/*.ts').flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(/\b(?:updateS|s)tatement(?:<[^(]*>)?\(\s*[`']([^`'$]+)/g)].map(
      ([, name]) => name
    )
  )
  expect(names.length).toBeGreaterThan(30)
  expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([])
})
