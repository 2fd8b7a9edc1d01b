import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect } from 'vitest'
import type { Tab } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const options = {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
  // what passes needs no selector, which takes a third of the time
  resultTypes: ['violations']
}

interface Violation {
  id: string
  nodes: { html: string; failureSummary: string }[]
}

/** Fails with what axe finds, once nothing fades any more: a button on its way from disabled to enabled has no colour that counts. */
export async function expectAccessible(tab: Pick<Tab, 'evaluate'>) {
  // evaluated by the debugger, which no content security policy stops
  if (!(await tab.evaluate('"axe" in window'))) await tab.evaluate(axe)
  let found = await violationsIn(tab)
  for (let tries = 0; found.length > 0 && tries < 5; tries++) found = await violationsIn(tab)
  expect(found).toEqual([])
}

async function violationsIn(tab: Pick<Tab, 'evaluate'>): Promise<string[]> {
  const violations = (await tab.evaluate(
    `axe.run(document, ${JSON.stringify(options)}).then(found => found.violations)`
  )) as Violation[] // as axe documents it
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`))
}

/** Fails when the page is broader than the window, or shows the name of a word instead of the word. */
export async function expectTidy(tab: Pick<Tab, 'evaluate' | 'locator'>) {
  const wider = await tab.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  expect(wider, 'pixels that the page is broader than the window').toBe(0)
  const text = await tab.locator('body').innerText()
  expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object Object\]/)
}
