import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { openTab } from '../../support/chromium.ts'
import { answers as usual, type Answers } from './answers.ts'
import { standIn } from './stand-in.ts'

export interface Looks {
  language?: 'en' | 'zh'
  theme?: 'light' | 'dark'
  width?: number
  height?: number
}

interface Visit extends Looks {
  /** what stands in for paths of the API, on top of the usual; `null` leaves a path to the server itself */
  answers?: Answers | undefined
  /** nothing stands in for the server */
  real?: boolean
}

/** Opens tabs of new people. */
export const forBrowser = () => ({
  /** Opens an address of the console. Errors of the page and of its content security policy are collected for `expectNoErrors`. */
  async open(
    address: string,
    { language = 'en', theme = 'light', width = 1440, height = 900, answers = {}, real = false }: Visit = {}
  ) {
    const page = await openTab({
      locale: language === 'zh' ? 'zh-CN' : 'en-US',
      timezoneId: 'Europe/Berlin',
      colorScheme: theme,
      viewport: { width, height },
      reducedMotion: 'reduce'
    })
    const errors = collectErrors(page)
    if (!real) await standIn(page, { ...usual, ...answers })
    await page.goto(address)
    return Object.assign(page, {
      /** what went wrong in the page itself: none of it may */
      errors,
      expectNoErrors: () => expect(errors).toEqual([])
    })
  }
})

export type Tab = Awaited<ReturnType<ReturnType<typeof forBrowser>['open']>>

function collectErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => {
    // what the server answered is for the test to judge
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  return errors
}
