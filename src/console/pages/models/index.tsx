import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, BadgeDollarSign, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { get } from '../../api/client.ts'
import { channelsQuery, modelsQuery } from '../../api/lists.ts'
import { useCan } from '../../api/session.ts'
import type { List, UsageLine } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { useNow } from '../../state/now.ts'
import { text, useUrl } from '../../state/url.ts'
import { useWindowWidth } from '../../state/width.ts'
import { Candidates } from './candidates.tsx'
import { ModelHead } from './head.tsx'
import { ModelList } from './list.tsx'
import { NewModel } from './new-model.tsx'
import { Prices } from './prices.tsx'
import style from './models.module.css'

const parameters = { open: text, new: text }

// below, the list and a model are two screens
const TWO_COLUMNS = 1000

/** Public model names: what each can do, who makes it in which order, and what it costs. */
export default function Models() {
  const { t, format } = useText()
  const can = useCan()
  const [url, setUrl] = useUrl(parameters)
  const { data, error, refetch } = useQuery(modelsQuery)
  const channels = useQuery({ ...channelsQuery, enabled: can('channels:read') }).data?.data ?? []
  const videos = useVideos()
  const isWide = useWindowWidth() >= TWO_COLUMNS
  const models = data?.data
  const open = url.open || (isWide ? (models?.[0]?.name ?? '') : '')
  const model = models?.find(({ name }) => name === open)

  const openNew = () => setUrl({ new: '1' })
  useShortcuts({
    ...(can('models:write') && { n: openNew }),
    j: () => step(1),
    k: () => step(-1)
  })
  const add = can('models:write') && (
    <Button leftSection={<Plus />} onClick={openNew}>
      {t.models.newName}
    </Button>
  )

  function step(by: 1 | -1) {
    const at = models?.findIndex(({ name }) => name === open) ?? -1
    const next = models?.[at + by]
    if (next) setUrl({ open: next.name }, { replace: true })
  }

  return (
    <Page
      title={t.models.title}
      facts={models && models.length > 0 ? t.models.names(format.number(models.length)) : undefined}
      actions={add}
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!models && !error && (
        <Card flush>
          <RowSkeletons rows={8} />
        </Card>
      )}
      {models?.length === 0 && (
        <Card>
          <Empty icon={BadgeDollarSign} title={t.models.empty} text={t.models.emptyText} act={add || undefined} />
        </Card>
      )}
      {models && models.length > 0 && (
        <div className={style.columns}>
          {(isWide || open === '') && <ModelList models={models} channels={channels} open={open} />}
          {open !== '' && (
            <div className={style.detail}>
              {!isWide && (
                <Link href="/models" className={style.back}>
                  <ArrowLeft aria-hidden="true" /> {t.models.all}
                </Link>
              )}
              {model ? (
                <>
                  <ModelHead key={`head ${open}`} of={model} videos={videos?.get(open) ?? (videos && 0)} />
                  <Candidates key={`who ${open}`} of={model} channels={channels} />
                  <Prices key={`costs ${open}`} of={model} />
                </>
              ) : (
                <Card>
                  <Empty icon={BadgeDollarSign} title={t.models.unknown(open)} text={t.models.unknownText} />
                </Card>
              )}
            </div>
          )}
        </div>
      )}
      {url.new !== '' && can('models:write') && (
        <NewModel
          channels={channels}
          onCreated={name => setUrl({ new: '', open: name })}
          onClose={() => setUrl({ new: '' })}
        />
      )}
    </Page>
  )
}

const DAY = 86_400

/** How many videos each model made in thirty days. */
function useVideos(): ReadonlyMap<string, number> | undefined {
  const can = useCan()
  const today = Math.floor(useNow() / 1000 / DAY) * DAY
  const { data } = useQuery({
    queryKey: ['usage', 'models', today],
    queryFn: ({ signal }) =>
      get<List<UsageLine>>('/admin/usage', { from: today - 29 * DAY, group_by: 'model' }, signal),
    enabled: can('usage:read')
  })
  if (!data) return undefined
  const sums = new Map<string, number>()
  for (const { model, videos } of data.data) if (model) sums.set(model, (sums.get(model) ?? 0) + videos)
  return sums
}
