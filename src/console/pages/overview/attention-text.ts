import type { Attention } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { useNow } from '../../state/now.ts'

/** Returns what needs a person, and what follows from it. A kind that this console does not know is shown as it came. */
export function useAttentionText({ kind, subject, reason, facts = {} }: Attention): [title: string, text: string] {
  const { t, format } = useText()
  const now = useNow()
  const words = t.attention
  const name = subject?.name ?? subject?.id ?? ''
  // true because a reason without a word stays as it is
  const why = reason === null ? '' : ((t.reasons as Record<string, string>)[reason] ?? reason)
  const join = (...parts: (string | undefined | false)[]) => parts.filter(Boolean).join(words.space)

  switch (kind) {
    case 'channel_disabled':
      return [
        words.channel_disabled(name, why),
        join(
          facts.vendor !== undefined && words.channelRefuses(facts.vendor),
          facts.models !== undefined && facts.models.length > 0 && words.noOther(facts.models.join(', '))
        )
      ]
    case 'channel_cooling':
      return [words.channel_cooling(name, why), words.coolingText]
    case 'no_channel':
      return [words.no_channel(name), words.noChannelText]
    case 'needs_decision':
      return [
        facts.count === undefined ? words.decisions : words.needs_decision(facts.count),
        join(words.decisionText, facts.held && words.heldText(format.exactMoney(facts.held)))
      ]
    case 'budget':
      return [
        facts.percent === undefined
          ? words.nearBudget(name)
          : words.budget(name, format.percent(facts.percent / 100), words.windows[facts.window ?? 'total']),
        join(
          facts.percent === undefined && why,
          facts.waiting !== undefined && facts.waiting > 0 && words.budgetWaiting(facts.waiting),
          facts.resets_at !== undefined && words.budgetResets(format.ago(facts.resets_at, now))
        )
      ]
    case 'archive':
      return [words.archive, join(reason ?? undefined, words.archiveText)]
    case 'webhook_disabled':
      return [words.webhook_disabled(name), words.webhookText]
    case 'webhook_failing':
      return [words.webhook_failing(name), why]
    case 'unpriced':
      return [words.unpriced(name), words.unpricedText]
    case 'disk':
      return [words.disk, facts.free_bytes === undefined ? '' : words.diskText(format.bytes(facts.free_bytes))]
    case 'damaged':
      return [words.damaged(name), words.damagedText((facts.columns ?? []).join(', '))]
    case 'update':
      return [words.update(facts.version ?? name), words.updateText]
    default:
      return [name || kind, why]
  }
}

const places: Record<string, string> = {
  channel: '/channels?open=',
  key: '/keys?open=',
  model: '/models?open=',
  webhook_endpoint: '/webhooks?open='
}

/** Where it is looked after; null: nowhere here. */
export function placeOf({ kind, subject, action }: Attention): string | null {
  if (kind === 'needs_decision') return '/tasks?state=needs_decision'
  if (kind === 'archive') return '/settings'
  const place = places[subject?.type ?? '']
  if (place !== undefined && subject?.id) return place + encodeURIComponent(subject.id)
  return action.href.startsWith('/') ? action.href : null
}
