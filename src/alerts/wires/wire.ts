import type { AlertTarget } from '../../lib/alert-targets.ts'
import type { Alert } from '../message.ts'

/** What is posted. */
export interface Posted {
  url: string
  headers: Record<string, string>
  body: string
}

/** How one kind of target takes messages: pure, without sending anything. */
export interface Wire {
  /** Returns the post of an alert. `now` in milliseconds, for signatures. */
  write(target: AlertTarget, alert: Alert, now: number): Posted
  /** Returns why an answer with a 2xx status is a failure all the same; null: the message was taken. */
  problem(answer: string): string | null
}

/** Returns a post of JSON. */
export const jsonPost = (url: string, value: unknown): Posted => ({
  url,
  headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'reelay-alerts' },
  body: JSON.stringify(value)
})

/** Returns why an answer like `{"code":0,"msg":"…"}` is a failure; null: its code is 0. */
export function problemOfCode(answer: string, code: string, message: string): string | null {
  try {
    // true because property access on any object is safe
    const fields = Object(JSON.parse(answer)) as Record<string, unknown>
    if (fields[code] === 0) return null
    return `answered ${code} ${String(fields[code])}: ${String(fields[message] ?? 'no reason')}`
  } catch {
    return 'answered something else than JSON'
  }
}
