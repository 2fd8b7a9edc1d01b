import '@mantine/core/styles/Input.layer.css'
import '@mantine/core/styles/Popover.layer.css'
import '@mantine/core/styles/Combobox.layer.css'
import { ActionIcon, Combobox, UnstyledButton, useCombobox } from '@mantine/core'
import { ChevronsUpDown, TriangleAlert, X } from 'lucide-react'
import { useState } from 'react'
import type { Estimate } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { reasonAgainst, type PlayModel, type Settings } from './settings.ts'
import style from './model-picker.module.css'

interface Props {
  models: readonly PlayModel[]
  chosen: PlayModel | undefined
  /** in a comparison: what it cannot honour is said before anything is sent */
  estimate?: Estimate | null
  settings?: Settings
  onChoose(id: string): void
  onRemove?: (() => void) | undefined
}

// more have a field to find one
const FEW = 8

/** A model with its price and usual time; those that cannot be used are listed with the reason. */
export function ModelPicker({ models, chosen, estimate = null, settings, onChoose, onRemove }: Props) {
  const { t } = useText()
  const [typed, setTyped] = useState('')
  const store = useCombobox({
    onDropdownClose: () => {
      store.resetSelectedOption()
      setTyped('')
    },
    onDropdownOpen: () => store.selectActiveOption()
  })
  const found = models.filter(({ id }) => id.toLowerCase().includes(typed.trim().toLowerCase()))
  const warnings = useDeviations(estimate, settings)

  return (
    <div className={style.picker}>
      <div className={style.pick}>
        <Combobox
          store={store}
          position="bottom-start"
          width="target"
          shadow="none"
          onOptionSubmit={id => {
            onChoose(id)
            store.closeDropdown()
          }}
        >
          <Combobox.Target targetType="button">
            <UnstyledButton className={style.model} onClick={() => store.toggleDropdown()}>
              <span className={style.letter} aria-hidden="true">
                {(chosen?.id ?? '?').slice(0, 1).toUpperCase()}
              </span>
              <span className={style.modelText}>
                <span className="unseen">{t.playground.model}</span>
                <b className="cut">{chosen?.id ?? t.playground.chooseModel}</b>
                {chosen && <Facts model={chosen} />}
              </span>
              <ChevronsUpDown aria-hidden="true" />
            </UnstyledButton>
          </Combobox.Target>
          <Combobox.Dropdown className={style.dropdown}>
            {models.length > FEW && (
              <Combobox.Search
                value={typed}
                onChange={event => {
                  setTyped(event.currentTarget.value)
                  store.selectFirstOption()
                }}
                placeholder={t.playground.findModel}
                aria-label={t.playground.findModel}
              />
            )}
            <Combobox.Options className={style.options} aria-label={t.playground.model}>
              {found.length === 0 && <Combobox.Empty>{t.playground.noModelFound}</Combobox.Empty>}
              {found.map(model => (
                <Combobox.Option
                  key={model.id}
                  value={model.id}
                  active={model.id === chosen?.id}
                  disabled={reasonAgainst(model) !== null}
                >
                  <b className="cut">{model.id}</b>
                  <Facts model={model} />
                </Combobox.Option>
              ))}
            </Combobox.Options>
          </Combobox.Dropdown>
        </Combobox>
        {onRemove && (
          <ActionIcon aria-label={t.playground.removeModel(chosen?.id ?? '')} onClick={onRemove}>
            <X />
          </ActionIcon>
        )}
      </div>
      {warnings.length > 0 && (
        <div className={style.deviates}>
          <TriangleAlert aria-hidden="true" />
          {warnings.join(' · ')}
        </div>
      )}
    </div>
  )
}

function Facts({ model }: { model: PlayModel }) {
  const { t, format } = useText()
  const against = reasonAgainst(model)
  const [price] = model.prices ?? []
  const per = price && (price.unit === 'second' ? t.units.perSecond : t.units.perVideo)(format.exactMoney(price))
  const isOne = model.prices?.length === 1
  const text =
    against === null
      ? [
          per ? (isOne ? per : t.playground.from(per)) : t.playground.unpriced,
          model.usual_ms ? t.playground.about(format.duration(model.usual_ms)) : null
        ]
      : [model.capabilities?.retired ? t.playground.retired(against) : t.playground.unavailable(against)]
  return <span className="cut small dim">{text.filter(Boolean).join(' · ')}</span>
}

/** What a model will make otherwise than asked. */
function useDeviations(estimate: Estimate | null, settings: Settings | undefined): string[] {
  const { t, format } = useText()
  if (!estimate || !settings) return []
  const { seconds, resolution, ratio, warnings } = estimate
  const differs = (made: string | null | undefined, asked: string) =>
    made !== null && made !== undefined && asked !== '' && made.toLowerCase() !== asked.toLowerCase()
  const named = new Set(['seconds', 'duration', 'resolution', 'aspect_ratio', 'audio'])
  const isSilent = settings.audio === 'on' && warnings.some(({ field }) => field === 'audio')
  return [
    ...(isSilent ? [t.task.silent] : []),
    ...(seconds !== null && settings.seconds !== null && seconds !== undefined && seconds !== settings.seconds
      ? [t.playground.makes(format.length(seconds))]
      : []),
    ...(differs(resolution, settings.res) ? [t.playground.at(resolution ?? '')] : []),
    ...(differs(ratio, settings.ratio) ? [t.playground.makes(ratio ?? '')] : []),
    ...warnings.filter(({ field }) => !named.has(field)).map(({ field, reason }) => `${field}: ${reason}`)
  ]
}
