import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useCan } from '../../api/session.ts'
import type { AskedImage, Omitted } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { NamedLink } from '../../parts/named-link.tsx'
import { Note } from '../../parts/note.tsx'
import { Ago, Moment } from '../../parts/time.tsx'
import { sizeText } from '../../parts/size.ts'
import type { Shown } from './data.ts'
import style from './task.module.css'

/** The prompt, what was asked and what was made. */
export function Asked({ task }: { task: Shown }) {
  const { t, format } = useText()
  const can = useCan()
  const { request, warnings, upstream_model: upstream, user, key, created_at: created } = task
  const metadata = request?.metadata ?? {}
  const words = (...parts: (string | null | undefined | false)[]) => parts.filter(Boolean).join(' · ')
  const size = request?.size ?? (request?.width ? `${request.width}x${request.height}` : null)
  const asked = request
    ? words(
        request.seconds !== undefined && format.length(request.seconds),
        sizeText(size),
        ...['aspect_ratio', 'resolution', 'mode'].map(name => textOf(metadata[name])),
        request.fps !== undefined && t.task.fps(format.number(request.fps)),
        request.audio !== undefined && (request.audio ? t.task.withSound : t.task.silent),
        request.n !== undefined && request.n > 1 && t.task.videos(request.n)
      )
    : words(task.seconds && format.length(Number(task.seconds)), sizeText(task.size))

  return (
    <Card>
      <p className={style.prompt}>{task.prompt || t.tasks.noPrompt}</p>
      <dl className={style.facts}>
        <Fact name={t.task.model}>
          {can('models:read') ? (
            <Link href={`/models?open=${encodeURIComponent(task.model)}`}>{task.model}</Link>
          ) : (
            task.model
          )}
          {upstream !== null && <span className="dim"> → {upstream}</span>}
        </Fact>
        {request?.negative_prompt !== undefined && <Fact name={t.task.without}>{request.negative_prompt}</Fact>}
        {request?.images?.length ? <Fact name={t.task.images}>{request.images.map(imageText)}</Fact> : null}
        {(request?.source || task.remixed_from_video_id !== null) && (
          <Fact name={t.task.madeFrom}>
            {words(request?.source && t.task.reworks[request.source.rework])}{' '}
            {task.remixed_from_video_id === null ? (
              <span className="dim">{sourceText(request?.source?.url)}</span>
            ) : (
              <Link href={`/tasks/${task.remixed_from_video_id}`}>{task.remixed_from_video_id}</Link>
            )}
          </Fact>
        )}
        <Fact name={t.task.asked}>{asked || <span className="dim">{t.task.nothingSaid}</span>}</Fact>
        {task.state === 'succeeded' && <Fact name={t.task.made}>{made()}</Fact>}
        {(request?.seed ?? task.metadata.seed) !== null && (
          <Fact name={t.task.seed}>{String(request?.seed ?? task.metadata.seed)}</Fact>
        )}
        {task.timeline && (
          <Fact name={t.task.key}>
            <NamedLink of={key} page="keys" />
            {user !== null && <span className="dim"> · {t.task.user(user)}</span>}
          </Fact>
        )}
        {task.group !== null && (
          <Fact name={t.task.group}>
            <Link href={`/tasks?group=${encodeURIComponent(task.group)}`}>{task.group}</Link>
          </Fact>
        )}
        <Fact name={t.task.created}>
          <Moment at={created} /> <span className="dim">· </span>
          <span className="dim">
            <Ago at={created} />
          </span>
        </Fact>
      </dl>
      {warnings.length > 0 && (
        <div className={style.warnings}>
          {warnings.map(({ field, reason }) => (
            <Note key={`${field} ${reason}`} tone="warn">
              <b>{field}</b> {reason}
            </Note>
          ))}
        </div>
      )}
    </Card>
  )

  /** A link's host, or what is kept of an upload. */
  function sourceText(url: string | Omitted | undefined): string {
    if (typeof url === 'string') return hostOf(url)
    return url ? format.bytes(url.omitted.bytes) : ''
  }

  function made(): string {
    const file = task.files?.find(one => one.variant === 'video')
    const { duration, fps, width, height } = task.metadata
    const rate = file?.fps ?? fps
    return (
      words(
        (file?.seconds ?? duration) !== null && format.exactLength(file?.seconds ?? duration ?? 0),
        sizeText(file?.width ? `${file.width}x${file.height}` : width ? `${width}x${height}` : task.size),
        rate !== null && t.task.fps(format.number(rate)),
        file?.codec,
        task.metadata.sandbox && t.task.sandbox
      ) || t.parts.unknown
    )
  }

  function imageText({ role, type, bytes, url }: AskedImage, index: number): ReactNode {
    const what = [type?.replace('image/', '').toUpperCase(), bytes !== null && format.bytes(bytes)].filter(Boolean)
    return (
      // the place is what tells them apart
      // oxlint-disable-next-line react/no-array-index-key
      <div key={index} className="cut">
        {t.task.roles[role]} <span className="dim">·</span>{' '}
        {url === null || !/^https?:/i.test(url) ? (
          <span className="dim">{what.join(' · ')}</span>
        ) : (
          <a href={url} target="_blank" rel="noreferrer" title={url}>
            {hostOf(url)}
          </a>
        )}
      </div>
    )
  }
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null)

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url)
