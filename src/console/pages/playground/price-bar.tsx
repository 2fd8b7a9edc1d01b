import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Clapperboard } from 'lucide-react'
import { request, RequestFailure } from '../../api/client.ts'
import type { Budget, Money } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { modifier, useShortcuts } from '../../shell/shortcuts.ts'
import { headersFor, type Estimates } from './data.ts'
import type { PlayModel, Settings } from './settings.ts'
import style from './price-bar.module.css'

interface Props {
  settings: Settings
  chosen: readonly PlayModel[]
  estimates: Estimates
  isReady: boolean
  isBusy: boolean
  onMake(): void
}

/** What it costs at most, how long it usually takes, and the button. */
export function PriceBar({ settings, chosen, estimates, isReady, isBusy, onMake }: Props) {
  const { t, format } = useText()
  const found = chosen.map(({ id }) => estimates.of(id))
  const sum = sumOf(found.map(estimate => estimate?.price ?? null))
  const usual = Math.max(0, ...chosen.map((model, index) => found[index]?.usual_ms ?? model.usual_ms ?? 0))
  const seconds = found[0]?.seconds ?? settings.seconds
  const queue = found[0]?.queue ?? null
  const isUncovered = found.some(estimate => estimate?.covered === false)
  const refusals = chosen.flatMap(({ id }) => {
    const error = estimates.errorOf(id)
    // a field shows its own
    return error instanceof RequestFailure && error.param === null ? [error.message] : []
  })
  const make = () => {
    if (isReady && !isBusy) onMake()
  }
  useShortcuts({ 'mod+enter': make })

  return (
    <div className={style.foot}>
      <Budgeted as={settings.as} isUncovered={isUncovered} />
      {refusals.map(message => (
        <p key={message} className={style.error} role="alert">
          {message}
        </p>
      ))}
      <div className={style.priceLine}>
        <span>
          <b className={style.sum}>{sum ? format.exactMoney(sum) : t.parts.unknown}</b>{' '}
          <span className={`small dim ${style.atMost}`}>
            {sum === null
              ? found.every(Boolean) && found.length > 0
                ? t.playground.noPrice
                : ''
              : chosen.length > 1
                ? t.playground.atMostVideos(chosen.length)
                : seconds === null
                  ? t.playground.atMost
                  : t.playground.atMostFor(format.length(seconds))}
          </span>
        </span>
        <span className="small dim">
          {queue && queue.position > 0
            ? t.stage.place(queue.position)
            : usual > 0
              ? t.playground.usually(format.duration(usual))
              : null}
        </span>
      </div>
      <Button
        className={style.make}
        size="sm"
        loading={isBusy}
        disabled={!isReady}
        leftSection={<Clapperboard />}
        onClick={make}
      >
        {chosen.length > 1 ? t.playground.makeSeveral(chosen.length) : t.playground.make}
        <span className={style.keys} aria-hidden="true">
          {modifier}↵
        </span>
      </Button>
    </div>
  )
}

interface Usage {
  budget: (Budget & { remaining: string }) | null
}

/** What is left of the budget of the key that it runs as. */
function Budgeted({ as, isUncovered }: { as: string; isUncovered: boolean }) {
  const { t, format } = useText()
  const { data } = useQuery({
    queryKey: ['usage', 'of', as],
    queryFn: ({ signal }) => request<Usage>('GET', '/v1/usage', { headers: headersFor(as), signal }),
    enabled: as !== ''
  })
  const budget = data?.budget
  if (isUncovered)
    return (
      <p className={style.error} role="alert">
        {t.playground.uncovered}
      </p>
    )
  if (!budget) return null
  return (
    <p className="small dim">
      {t.playground.left(format.money({ amount: budget.remaining, currency: budget.currency }))}
    </p>
  )
}

/** Null when a price is unknown, or they are in several currencies. */
function sumOf(prices: readonly (Money | null)[]): Money | null {
  const [first] = prices
  if (!first || prices.some(price => price?.currency !== first.currency)) return null
  const micro = prices.reduce((sum, price) => sum + Math.round(Number(price?.amount ?? 0) * 1e6), 0)
  return { amount: String(micro / 1e6), currency: first.currency }
}
