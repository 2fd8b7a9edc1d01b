/* Stands in for `lib/ids.ts`, whose ids hold chance of their own. Like those of several processes they sort by the clock alone. */

let made = 0

export const newId = (prefix: string, now: number) =>
  `${prefix}_${now.toString(16).padStart(12, '0')}${(++made).toString(16).padStart(20, '0')}`

export const lowestId = (prefix: string, time: number) =>
  `${prefix}_${Math.max(0, time).toString(16).padStart(12, '0')}`

export function countAnew() {
  made = 0
}
