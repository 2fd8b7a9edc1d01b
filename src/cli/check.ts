/** One line of `doctor`. */
export interface Check {
  name: string
  ok: boolean
  /** what was found, and what to do about a problem */
  message: string
}

export const ok = (name: string, message: string): Check => ({ name, ok: true, message })
export const problem = (name: string, message: string): Check => ({ name, ok: false, message })

export const some = (all: readonly string[]) =>
  all.slice(0, 3).join('; ') + (all.length > 3 ? `; and ${all.length - 3} more` : '')
