import '@mantine/core/styles/Switch.layer.css'
import '@mantine/core/styles/InlineInput.layer.css'
import { Button, Switch } from '@mantine/core'
import { Plus } from 'lucide-react'
import type { Capabilities } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Choices, Duration, Field, Shape } from './choices.tsx'
import type { Estimates } from './data.ts'
import { errorFinder } from './errors.ts'
import { Images } from './images.tsx'
import { ModelPicker } from './model-picker.tsx'
import { More } from './more.tsx'
import { MOST_MODELS, reasonAgainst, type Change, type LocalImage, type PlayModel, type Settings } from './settings.ts'
import { PromptField } from './typed.tsx'
import style from './form.module.css'

interface Props {
  settings: Settings
  onChange: Change
  local: readonly LocalImage[]
  onLocal(images: LocalImage[]): void
  models: readonly PlayModel[]
  chosen: readonly PlayModel[]
  estimates: Estimates
  /** what the last try was refused for */
  refusal: unknown
}

/** The form, from what the model can do. With several models it is that of the first; the others say what they make of it. */
export function Form({ settings, onChange, local, onLocal, models, chosen, estimates, refusal }: Props) {
  const { t, format } = useText()
  const [first] = chosen
  const can = first?.capabilities ?? null
  const estimate = first ? estimates.of(first.id) : null
  const error = errorFinder(first ? (estimates.errorOf(first.id) ?? refusal) : refusal)
  const roles = [
    ...new Set(
      chosen.flatMap(
        ({ capabilities }) => capabilities?.image_roles ?? (capabilities ? [] : (['first', 'last'] as const))
      )
    )
  ]
  const isComparing = settings.compare === '1'
  const rangeHint =
    can?.seconds && !Array.isArray(can.seconds)
      ? t.playground.range(format.number(can.seconds.min), format.length(can.seconds.max))
      : undefined

  return (
    <div className={style.form}>
      <Field
        name={isComparing ? t.playground.models : t.playground.model}
        hint={isComparing ? t.playground.upTo(MOST_MODELS) : undefined}
        error={error('model')}
      >
        {(isComparing ? chosen : chosen.slice(0, 1)).map((model, index) => (
          <ModelPicker
            key={model.id}
            models={models.filter(({ id }) => id === model.id || !isComparing || !settings.models.includes(id))}
            chosen={model}
            {...(isComparing && { estimate: estimates.of(model.id), settings })}
            onChoose={id =>
              onChange({ models: isComparing ? chosen.map((one, at) => (at === index ? id : one.id)) : [id] })
            }
            onRemove={
              isComparing && chosen.length > 1
                ? () => onChange({ models: chosen.filter((_, at) => at !== index).map(({ id }) => id) })
                : undefined
            }
          />
        ))}
        {chosen.length === 0 && (
          <ModelPicker models={models} chosen={undefined} onChoose={id => onChange({ models: [id] })} />
        )}
        {isComparing && chosen.length < MOST_MODELS && (
          <Button
            className={style.add}
            variant="subtle"
            color="gray"
            leftSection={<Plus />}
            disabled={!models.some(isFree)}
            onClick={() => onChange({ models: [...chosen, models.find(isFree)!].map(({ id }) => id) })} // the button is off without one
          >
            {t.playground.addModel}
          </Button>
        )}
      </Field>
      <PromptField settings={settings} limit={can?.prompt_limit ?? null} error={error('prompt')} onChange={onChange} />
      {roles.length > 0 && (
        <Images
          roles={roles}
          mostReferences={can?.max_references ?? 4}
          settings={settings}
          local={local}
          error={error('image', 'images', 'first_frame', 'last_frame', 'reference_images')}
          onChange={onChange}
          onLocal={onLocal}
        />
      )}
      <Field name={t.playground.duration} hint={rangeHint} error={error('seconds', 'duration')}>
        <Duration
          capabilities={can}
          value={settings.seconds}
          made={estimate?.seconds ?? null}
          onChange={seconds => onChange({ seconds }, { replace: true })}
        />
      </Field>
      <Field name={t.playground.shape} error={error('aspect_ratio', 'size')}>
        <Known
          name={t.playground.shape}
          values={can?.aspect_ratios ?? null}
          value={settings.ratio}
          made={estimate?.ratio ?? null}
          placeholder="16:9"
          label={ratio => (
            <>
              <Shape ratio={ratio} />
              {ratio}
            </>
          )}
          onChange={ratio => onChange({ ratio })}
        />
      </Field>
      <Field name={t.playground.resolution} error={error('resolution')}>
        <Known
          name={t.playground.resolution}
          values={can?.resolutions ?? null}
          value={settings.res}
          made={estimate?.resolution ?? null}
          placeholder="720p"
          label={res => {
            const price = first && chosen.length === 1 ? estimates.ofResolution(first.id, res)?.price : null
            return (
              <>
                {res} {price && <span className={style.price}>{format.exactMoney(price)}</span>}
              </>
            )
          }}
          onChange={res => onChange({ res })}
        />
      </Field>
      <Sound
        can={can}
        model={first?.id ?? ''}
        value={settings.audio}
        error={error('audio')}
        onChange={audio => onChange({ audio })}
      />
      <More settings={settings} most={can?.max_videos ?? 1} error={error} onChange={onChange} />
    </div>
  )

  function isFree(model: PlayModel) {
    return reasonAgainst(model) === null && !chosen.some(({ id }) => id === model.id)
  }
}

interface KnownProps {
  name: string
  /** null: unknown, so anything may be written */
  values: readonly string[] | null
  value: string
  /** what the model does by itself */
  made: string | null
  placeholder: string
  label(value: string): React.ReactNode
  onChange(value: string): void
}

function Known({ name, values, value, made, placeholder, label, onChange }: KnownProps) {
  const { t } = useText()
  if (values && values.length > 0)
    return (
      <Choices
        name={name}
        value={value || (made ?? '')}
        choices={values.map(one => ({ value: one, label: label(one) }))}
        onChange={onChange}
      />
    )
  return (
    <TextField
      key={value}
      aria-label={name}
      placeholder={`${placeholder} – ${t.playground.vendorDecides}`}
      defaultValue={value}
      onBlur={event => onChange(event.currentTarget.value.trim())}
    />
  )
}

function Sound({
  can,
  model,
  value,
  error,
  onChange
}: {
  can: Capabilities | null
  model: string
  value: Settings['audio']
  error: string | undefined
  onChange(value: Settings['audio']): void
}) {
  const { t } = useText()
  const never = can?.audio === false
  return (
    <div className={style.field}>
      <Switch
        className={style.sound}
        labelPosition="left"
        label={t.playground.sound}
        description={never ? t.playground.noSound(model) : undefined}
        error={error}
        withThumbIndicator={false}
        disabled={never}
        checked={!never && value === 'on'}
        onChange={event => onChange(event.currentTarget.checked ? 'on' : 'off')}
      />
    </div>
  )
}
