import { Check, TriangleAlert } from 'lucide-react'
import type { Channel } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import type { Words } from '../../i18n/words.ts'
import { Health } from '../../parts/status.tsx'
import { useNow } from '../../state/now.ts'
import type { Tested } from './tests.ts'
import style from './channels.module.css'

/** How a channel is: its health, and below the test of this visit, else why it rests or its last error. */
export function ChannelState({ of, tested }: { of: Channel; tested: Tested | undefined }) {
  const { t, format } = useText()
  const now = useNow()
  const { state, until } = of.health
  const left = until === null ? 0 : until * 1000 - now
  const more = state === 'cooling' && left > 0 ? t.channels.triesIn(format.duration(left)) : null
  return (
    <>
      <div className="cut">
        <Health channel={of} more={more} />
      </div>
      <div className={`cut ${style.below}`}>{tested ? <Test tested={tested} /> : <Why of={of} />}</div>
    </>
  )
}

function Test({ tested }: { tested: Tested }) {
  const { t, format } = useText()
  if (tested === 'running') return <span className="dim">{t.channelForm.testing}</span>
  const { ok, message, ms } = tested
  const text = ok ? (ms === null ? t.channels.works : t.channels.worksIn(format.duration(ms))) : message
  return (
    <span className={ok ? style.ok : style.bad} title={message} role="status">
      {ok ? <Check aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />} {text}
    </span>
  )
}

function Why({ of: { disabled, health } }: { of: Channel }) {
  const { t, format } = useText()
  const now = useNow()
  const { state, reason, last_error: error } = health
  if (disabled) return null
  if (state !== 'ok' && reason !== null)
    return (
      <span className={state === 'disabled' ? style.bad : style.warn} title={error?.message}>
        {reasonWord(t, reason)}
        {error?.code != null && (
          <>
            {' · '}
            <span className="mono">{error.code}</span>
          </>
        )}
      </span>
    )
  if (!error) return null
  return (
    <span className="dim" title={error.message}>
      {format.ago(error.at, now)}: {error.code !== null && <span className="mono">{error.code}</span>} {error.message}
    </span>
  )
}

/** Our words for why a channel does not work; the reason itself where there are none. */
function reasonWord({ reasons }: Words, reason: string): string {
  const words: Readonly<Record<string, string>> = reasons
  return Object.hasOwn(words, reason) ? words[reason]! : reason
}
