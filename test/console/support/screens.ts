import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Looks, Tab } from './browser.ts'

/** Where pictures of the console go, outside of git; nowhere unless SCREENSHOTS names a folder. */
const folder = process.env.SCREENSHOTS

/** Both languages and themes, on a desk and on a phone. */
export const allLooks: Required<Looks>[] = [
  { language: 'en', theme: 'light', width: 1440, height: 900 },
  { language: 'en', theme: 'dark', width: 1440, height: 900 },
  { language: 'zh', theme: 'light', width: 1440, height: 900 },
  { language: 'zh', theme: 'dark', width: 1440, height: 900 },
  { language: 'en', theme: 'light', width: 390, height: 844 },
  { language: 'zh', theme: 'dark', width: 390, height: 844 }
]

/** Takes a picture of a page as it is now: `overview-light-en-1440.png`. */
export async function picture(tab: Tab, name: string, { language, theme, width }: Required<Looks>) {
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await tab.screenshot({ path: join(folder, `${name}-${theme}-${language}-${width}.png`), animations: 'disabled' })
}
