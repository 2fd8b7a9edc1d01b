import { Button } from '@mantine/core'
import { Clapperboard } from 'lucide-react'
import { Link } from 'wouter'
import { useCan } from '../../api/session.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { choice, useUrl } from '../../state/url.ts'
import { ChannelsCard } from './channels-card.tsx'
import { Charts } from './charts.tsx'
import { failureOf, rangeNames, useOverview, type OverviewData, type Range } from './data.ts'
import { FailuresCard } from './failures-card.tsx'
import { FirstSteps } from './first-steps.tsx'
import { KeysCard } from './keys-card.tsx'
import { Latest } from './latest.tsx'
import { NeedsYou } from './needs-you.tsx'
import { Numbers } from './numbers.tsx'
import style from './overview.module.css'

const parameters = { range: choice<Range>(rangeNames, '24h') }

/** How the gateway is: what needs a person, the numbers of a time, the latest videos, what fails, what is full. */
export default function Overview() {
  const { t } = useText()
  const can = useCan()
  const [{ range }, setUrl] = useUrl(parameters)
  const data = useOverview(range)
  const failure = failureOf(data)
  const isNew = isNewInstallation(data)
  return (
    <Page
      title={t.overview.title}
      actions={
        <>
          <Segmented
            label={t.overview.range}
            value={range}
            choices={rangeNames.map(value => ({ value, label: t.overview.ranges[value] }))}
            onChange={chosen => setUrl({ range: chosen })}
          />
          {can('tasks:write') && (
            <Button component={Link} href="/playground" className={style.newVideo} leftSection={<Clapperboard />}>
              {t.overview.newVideo}
            </Button>
          )}
        </>
      }
    >
      {failure && <Failure error={failure.error} onRetry={failure.retry} />}
      {data.attention.data && data.attention.data.data.length > 0 && <NeedsYou items={data.attention.data.data} />}
      {isNew ? <FirstSteps data={data} /> : <Numbers data={data} range={range} />}
      <Latest query={data.overview} />
      {!isNew && (
        <>
          <div className={style.charts}>
            <Charts query={data.series} range={range} />
            {can('channels:read') && <ChannelsCard query={data.channels} />}
          </div>
          <div className={style.halves}>
            <FailuresCard query={data.failures} />
            {can('usage:read') && <KeysCard query={data.spending} keys={data.keys.data?.data ?? []} />}
          </div>
        </>
      )}
    </Page>
  )
}

/** Nothing was ever made, or only in the sandbox, without a channel or a key of one's own. */
function isNewInstallation({ overview, channels, keys }: OverviewData): boolean {
  const { latest } = overview.data?.answer ?? {}
  if (!latest) return false
  if (latest.length === 0) return true
  const hasChannel = channels.data?.data.some(channel => !channel.built_in) ?? true
  return !hasChannel && keys.data?.data.length === 0
}
