import { ArrowRight, CircleQuestionMark, Info, TriangleAlert, Wallet, type LucideIcon } from 'lucide-react'
import { Link } from 'wouter'
import type { Attention } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Ago } from '../../parts/time.tsx'
import { placeOf, useAttentionText } from './attention-text.ts'
import style from './needs-you.module.css'

const icons: Record<string, LucideIcon> = { needs_decision: CircleQuestionMark, budget: Wallet, update: Info }

/** Others are only looked at. */
const acts: Record<string, 'fix' | 'decide'> = {
  channel_disabled: 'fix',
  no_channel: 'fix',
  archive: 'fix',
  disk: 'fix',
  webhook_disabled: 'fix',
  unpriced: 'fix',
  needs_decision: 'decide'
}

/** What needs a person now: what it is, what follows from it, and the act. */
export function NeedsYou({ items }: { items: readonly Attention[] }) {
  const { t } = useText()
  return (
    <section aria-label={t.overview.needsYou}>
      <ul className={style.list}>
        {items.map(item => (
          <li key={`${item.kind} ${item.subject?.id}`} className={style.item}>
            <Item item={item} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Item({ item }: { item: Attention }) {
  const { t } = useText()
  const [title, text] = useAttentionText(item)
  const { kind, severity, since } = item
  const Icon = icons[kind] ?? TriangleAlert
  const act = acts[kind] === undefined ? t.attention.see : t.attention[acts[kind]]
  const place = placeOf(item)
  return (
    <>
      <Icon className={severity === 'bad' ? style.bad : style.warn} aria-hidden="true" />
      <b className={style.title}>{title}</b>
      <span className={`cut ${style.text}`} title={text}>
        {text}
      </span>
      <span className={style.since}>{since !== null && <Ago at={since} />}</span>
      {place !== null && (
        <Link href={place} className={style.act} aria-label={`${act}: ${title}`}>
          {act}
          <ArrowRight aria-hidden="true" />
        </Link>
      )}
    </>
  )
}
