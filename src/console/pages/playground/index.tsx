import { useQueries } from '@tanstack/react-query'
import { Columns2, Link as LinkIcon } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { isOpen } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Stage } from '../../parts/player.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { RowSkeletons } from '../../parts/skeletons.tsx'
import { useUrl } from '../../state/url.ts'
import { useTaskQuery } from '../task/data.ts'
import { SameInCode } from './code.tsx'
import { Compare } from './compare.tsx'
import { useEstimates, useModels } from './data.ts'
import { Form } from './form.tsx'
import { PriceBar } from './price-bar.tsx'
import { Result } from './result.tsx'
import { RunAs } from './run-as.tsx'
import { useEvents, useRun } from './run.ts'
import {
  imagesOf,
  isJson,
  MOST_MODELS,
  parameters,
  reasonAgainst,
  type LocalImage,
  type PlayModel
} from './settings.ts'
import { Strip } from './strip.tsx'
import style from './playground.module.css'

/** Where videos are tried out: a form from what the model can do, the stage, the same in code. */
export default function Playground() {
  const { t } = useText()
  const [settings, setSettings] = useUrl(parameters)
  const [local, setLocal] = useState<readonly LocalImage[]>([])
  const { data, error, refetch } = useModels(settings.as)
  const models = useMemo(() => data?.data ?? [], [data])
  const chosen = useMemo(
    () => choose(models, settings.models, settings.compare === '1'),
    [models, settings.models, settings.compare]
  )
  const estimates = useEstimates(settings, local, chosen)
  const { run, isBusy, refused } = useRun(settings, local, setSettings)
  const taskQuery = useTaskQuery()
  const answers = useQueries({ queries: settings.task.slice(0, MOST_MODELS).map(taskQuery) })
  const tasks = answers.flatMap(answer => answer.data ?? [])
  const isComparing = settings.compare === '1'
  const [task] = tasks
  const watched = !isComparing && task && isOpen(task.state) ? task.id : null
  const [followed, setFollowed] = useState<string | null>(null)
  if (watched !== null && watched !== followed) setFollowed(watched)
  // also after its end, so that what arrived can be read
  const events = useEvents(followed !== null && followed === task?.id ? followed : null)
  const isReady =
    chosen.length > 0 &&
    settings.prompt.trim() !== '' &&
    isJson(settings.meta) &&
    chosen.every(model => reasonAgainst(model) === null)
  useEffect(() => {
    document.title = `${t.playground.title} · reelay`
  }, [t])
  const make = () => {
    if (chosen[0]) localStorage.setItem(LAST_MODEL, chosen[0].id)
    return run((isComparing ? chosen : chosen.slice(0, 1)).map(({ id }) => id))
  }

  return (
    <div className={style.page}>
      <header className={style.head}>
        <h1>{t.playground.title}</h1>
        <RunAs as={settings.as} onChange={as => setSettings({ as })} />
        <div className={style.headActs}>
          <Segmented
            label={t.playground.mode}
            value={isComparing ? 'compare' : 'one'}
            choices={[
              { value: 'one', label: t.playground.oneModel },
              {
                value: 'compare',
                label: (
                  <span className={style.mode}>
                    <Columns2 aria-hidden="true" size={14} />
                    {t.playground.compare}
                  </span>
                )
              }
            ]}
            onChange={mode =>
              setSettings(
                mode === 'one'
                  ? { compare: '', models: chosen.slice(0, 1).map(({ id }) => id) }
                  : { compare: '1', models: withAnother(models, chosen) }
              )
            }
          />
          <CopyButton
            className={style.copyLink}
            variant="subtle"
            color="gray"
            leftSection={<LinkIcon />}
            text={location.href}
          >
            {t.task.copyLink}
          </CopyButton>
        </div>
      </header>
      <div className={style.formSide}>
        <div className={style.formScroll}>
          {error && <Failure error={error} onRetry={() => void refetch()} />}
          {!data && !error && <RowSkeletons rows={6} />}
          {data && models.length === 0 && <p className="dim">{t.playground.noModels}</p>}
          {data && (
            <Form
              settings={settings}
              onChange={setSettings}
              local={local}
              onLocal={setLocal}
              models={models}
              chosen={chosen}
              estimates={estimates}
              refusal={refused[0]?.error ?? null}
            />
          )}
        </div>
        <PriceBar
          settings={settings}
          chosen={chosen}
          estimates={estimates}
          isReady={isReady}
          isBusy={isBusy}
          onMake={make}
        />
      </div>
      <div className={style.work}>
        <div className={style.stage}>
          <div className={style.result}>
            {isComparing && (tasks.length > 0 || refused.length > 0) ? (
              <Compare
                tasks={tasks}
                refused={refused}
                models={models}
                best={settings.best}
                onBest={best => setSettings({ best }, { replace: true })}
              />
            ) : (
              <>
                {refused.map(({ model, error: reason }) => (
                  <Failure key={model} error={reason} />
                ))}
                {task ? (
                  <Result
                    task={task}
                    usualMs={models.find(({ id }) => id === task.model)?.usual_ms ?? null}
                    onAgain={make}
                  />
                ) : (
                  <Stage>
                    <b>{isBusy || settings.task.length > 0 ? t.playground.sending : t.playground.stageEmpty}</b>
                    <span className={style.stageNote}>
                      {isBusy || settings.task.length > 0 ? '' : t.playground.stageHint}
                    </span>
                  </Stage>
                )}
              </>
            )}
          </div>
          <div className={style.code}>
            <SameInCode
              settings={settings}
              model={chosen[0]?.id ?? ''}
              local={local.filter(image => imagesOf(settings, local, image.role).includes(image.source))}
              task={task?.id ?? null}
              events={events}
            />
          </div>
        </div>
        <Strip as={settings.as} shown={settings.task} />
      </div>
    </div>
  )
}

const LAST_MODEL = 'reelay.playground.model'

/** The models of the address that there are; else the one that made a video last, else the first that can be used, rather one whose lengths are known. */
function choose(models: readonly PlayModel[], asked: readonly string[], several: boolean): PlayModel[] {
  const found = asked.flatMap(id => models.find(model => model.id === id) ?? []).slice(0, several ? MOST_MODELS : 1)
  if (found.length > 0) return found
  const usable = models.filter(model => reasonAgainst(model) === null)
  const last = localStorage.getItem(LAST_MODEL)
  const first =
    usable.find(({ id }) => id === last) ??
    usable.find(({ capabilities }) => capabilities !== null && capabilities.seconds !== null) ??
    usable[0] ??
    models[0]
  return first ? [first] : []
}

function withAnother(models: readonly PlayModel[], chosen: readonly PlayModel[]): string[] {
  const other = models.find(model => reasonAgainst(model) === null && !chosen.includes(model))
  return [...chosen, ...(other ? [other] : [])].map(({ id }) => id)
}
