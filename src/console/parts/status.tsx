import type { ReactNode } from 'react'
import type { Channel, TaskState } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import type { Words } from '../i18n/words.ts'
import style from './status.module.css'

/* What is going on, never by colour alone: each state has a shape of its own. */

type Form = 'ring' | 'arc' | 'disc' | 'diamond' | 'dash' | 'square'
type Tone = 'plain' | 'busy' | 'ok' | 'warn' | 'bad'

const looks: Record<TaskState, [Form, Tone]> = {
  waiting: ['ring', 'plain'],
  running: ['arc', 'busy'],
  succeeded: ['disc', 'ok'],
  failed: ['diamond', 'bad'],
  cancelled: ['dash', 'plain'],
  needs_decision: ['square', 'warn'],
  refused: ['diamond', 'plain']
}

/** Our word for an error's code; the code itself where there is none. */
export function errorWord({ errors }: Words, code: string): string {
  const words: Readonly<Record<string, string>> = errors
  return Object.hasOwn(words, code) ? words[code]! : code
}

/** The state of a task: shape, word, and how far it is. */
export function Status({ state, progress, className }: { state: TaskState; progress?: number; className?: string }) {
  const { t, format } = useText()
  const [form, tone] = looks[state]
  const share = state === 'running' && progress !== undefined && progress > 0 ? format.percent(progress / 100) : null
  return (
    <Look form={form} tone={tone} className={className} more={share}>
      {t.states[state]}
    </Look>
  )
}

/** The health of a channel. `more`: e.g. when it is tried again. */
export function Health({ channel, more }: { channel: Pick<Channel, 'disabled' | 'health'>; more?: ReactNode }) {
  const { t } = useText()
  if (channel.disabled)
    return (
      <Look form="dash" tone="plain">
        {t.health.off}
      </Look>
    )
  const { state } = channel.health
  const [form, tone] = { ok: ['disc', 'ok'], cooling: ['square', 'warn'], disabled: ['diamond', 'bad'] }[state] as [
    Form,
    Tone
  ] // the tuples above
  return (
    <Look form={form} tone={tone} more={more}>
      {t.health[state]}
    </Look>
  )
}

interface LookProps {
  form: Form
  tone: Tone
  more?: ReactNode
  className?: string | undefined
  children: ReactNode
}

/** A shape and a word, for states of other things. */
export function Look({ form, tone, more, className = '', children }: LookProps) {
  return (
    <span className={`${style.status} ${style[tone]} ${className}`}>
      <Shape form={form} />
      <span className={style.word}>{children}</span>
      {more !== null && more !== undefined && <span className={style.more}>{more}</span>}
    </span>
  )
}

export function Shape({ form }: { form: Form }) {
  return (
    <svg className={style.shape} viewBox="0 0 9 9" aria-hidden="true">
      {shapes[form]}
    </svg>
  )
}

const line = { fill: 'none', stroke: 'currentColor', strokeLinecap: 'round' } as const

const shapes: Record<Form, ReactNode> = {
  ring: <circle cx="4.5" cy="4.5" r="3.5" {...line} strokeWidth="1.4" />,
  arc: <path d="M7.6 2.2A3.7 3.7 0 1 0 7.6 6.8" {...line} strokeWidth="2" />,
  disc: <circle cx="4.5" cy="4.5" r="4" fill="currentColor" />,
  diamond: (
    <rect x="1.3" y="1.3" width="6.4" height="6.4" rx="0.8" transform="rotate(45 4.5 4.5)" fill="currentColor" />
  ),
  dash: <path d="M0.5 4.5H8.5" {...line} strokeWidth="2" />,
  square: <rect x="0.8" y="0.8" width="7.4" height="7.4" rx="1.6" fill="currentColor" />
}
