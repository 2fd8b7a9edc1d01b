import { Link } from 'wouter'
import type { Channel, Model } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Two } from '../../parts/table.tsx'
import { Tag } from '../../parts/tag.tsx'
import { inOrder, usualPrice } from './price.ts'
import { priceText } from './words.ts'
import style from './models.module.css'

interface Props {
  models: readonly Model[]
  channels: readonly Channel[]
  open: string
}

/** All public names: by whom, and for how much. */
export function ModelList({ models, channels, open }: Props) {
  const { t } = useText()
  return (
    <Card flush>
      <div className={style.listHead}>
        <span>{t.models.model}</span>
        <span>{t.models.price}</span>
      </div>
      <ul className={style.list}>
        {models.map(model => (
          <li key={model.id}>
            <Link
              href={`/models?open=${encodeURIComponent(model.name)}`}
              className={`${style.item} ${model.name === open ? style.current : ''}`}
              aria-current={model.name === open || undefined}
              data-row-link=""
            >
              <span className={style.itemName}>
                <Two
                  top={<span title={model.name}>{model.name}</span>}
                  below={<By of={model} channels={channels} />}
                  strong
                />
              </span>
              <PriceOf model={model} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function By({ of: { candidates, available, disabled }, channels }: { of: Model; channels: readonly Channel[] }) {
  const { t } = useText()
  if (disabled) return <>{t.models.notOffered}</>
  if (!available) return <span className={style.bad}>{t.models.noChannel}</span>
  const names = inOrder(candidates).map(({ channel }) => channels.find(({ id }) => id === channel)?.name ?? channel)
  return <>{t.models.by([...new Set(names)].join(', '))}</>
}

function PriceOf({ model }: { model: Model }) {
  const { t, format } = useText()
  const price = usualPrice(model)
  if (!price)
    return (
      <span className={style.itemPrice}>
        <Tag tone="warn">{t.models.noPrice}</Tag>
      </span>
    )
  const { length } = model.prices
  return (
    <span className={style.itemPrice}>
      <Two top={priceText(price, t, format)} below={length > 1 ? t.models.rules(length) : null} />
    </span>
  )
}
