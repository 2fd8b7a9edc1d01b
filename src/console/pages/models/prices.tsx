import { Button, UnstyledButton } from '@mantine/core'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useCan } from '../../api/session.ts'
import type { Model, Price } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Card } from '../../parts/card.tsx'
import { Tag } from '../../parts/tag.tsx'
import { Calculator } from './calculator.tsx'
import { useChange } from './change.ts'
import { conditionsOf } from './price.ts'
import { RulePanel } from './rule-panel.tsx'
import { conditionText, priceText } from './words.ts'
import style from './models.module.css'

/** What a model costs: its rules, and which of them a request would use. */
export function Prices({ of }: { of: Model }) {
  const { t, format } = useText()
  const can = useCan()
  const change = useChange(of.name)
  const [used, setUsed] = useState<Price | null>(null)
  const [edited, setEdited] = useState<number | 'new' | null>(null)
  const mayWrite = can('models:write') && !of.managed_by
  const { prices } = of
  return (
    <Card
      flush
      title={t.models.costs}
      note={t.models.mostSpecific}
      side={
        mayWrite && (
          <Button variant="subtle" color="gray" leftSection={<Plus />} onClick={() => setEdited('new')}>
            {t.models.addRule}
          </Button>
        )
      }
    >
      <div className={style.costs}>
        <div className={style.rules}>
          <div className={style.listHead}>
            <span>{t.models.when}</span>
            <span>{t.models.price}</span>
          </div>
          {prices.length === 0 && <p className={style.none}>{t.models.unpriced}</p>}
          <ul>
            {prices.map((price, index) => {
              const inner = (
                <>
                  <span className={style.conditions}>
                    {conditionsOf(price).map(([name, value]) => (
                      <Tag key={name} outlined>
                        {conditionText(name, value, t)}
                      </Tag>
                    ))}
                    {conditionsOf(price).length === 0 && (
                      <span className="dim">{prices.length > 1 ? t.models.otherwise : t.models.always}</span>
                    )}
                  </span>
                  <span className={style.amount}>{priceText(price, t, format)}</span>
                </>
              )
              return (
                <li key={JSON.stringify(price)} className={price === used ? style.current : undefined}>
                  {mayWrite ? (
                    <UnstyledButton className={style.rule} onClick={() => setEdited(index)}>
                      {inner}
                    </UnstyledButton>
                  ) : (
                    <div className={style.rule}>{inner}</div>
                  )}
                </li>
              )
            })}
          </ul>
        </div>
        {prices.length > 0 && <Calculator key={of.name} of={of} onUse={setUsed} />}
      </div>
      {edited !== null && (
        <RulePanel
          of={edited === 'new' ? null : (prices[edited] ?? null)}
          facts={of.price_facts}
          onSave={price =>
            change.mutateAsync({
              prices:
                edited === 'new' ? [...prices, price] : prices.map((one, index) => (index === edited ? price : one))
            })
          }
          onDelete={() => change.mutateAsync({ prices: prices.filter((_, index) => index !== edited) })}
          onClose={() => setEdited(null)}
        />
      )}
    </Card>
  )
}
