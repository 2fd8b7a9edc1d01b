import { ArrowRight, CircleQuestionMark, Info, TriangleAlert, Wallet, type LucideIcon } from 'lucide-react'
import { Link } from 'wouter'
import type { Attention } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Ago } from '../../parts/time.tsx'
import { useAttentionText } from './attention-text.ts'
import style from './needs-you.module.css'

const icons: Record<string, LucideIcon> = { needs_decision: CircleQuestionMark, budget: Wallet, update: Info }

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
  const { kind, severity, since, action } = item
  const Icon = icons[kind] ?? TriangleAlert
  const act = { fix: t.attention.fix, decide: t.attention.decide }[action.label_key] ?? t.attention.see
  const inner = (
    <>
      {act}
      <ArrowRight aria-hidden="true" />
    </>
  )
  return (
    <>
      <Icon className={severity === 'bad' ? style.bad : style.warn} aria-hidden="true" />
      <b className={style.title}>{title}</b>
      <span className={`cut ${style.text}`} title={text}>
        {text}
      </span>
      <span className={style.since}>
        <Ago at={since} />
      </span>
      {action.href.startsWith('/') ? (
        <Link href={action.href} className={style.act} aria-label={`${act}: ${title}`}>
          {inner}
        </Link>
      ) : (
        // only addresses of the web are links
        /^https?:\/\//.test(action.href) && (
          <a href={action.href} target="_blank" rel="noreferrer" className={style.act} aria-label={`${act}: ${title}`}>
            {inner}
          </a>
        )
      )}
    </>
  )
}
