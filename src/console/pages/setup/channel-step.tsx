import { Button } from '@mantine/core'
import { useText } from '../../i18n/index.tsx'
import { ChannelForm } from '../../parts/channel-form/index.tsx'
import style from './setup.module.css'

/** An account at a vendor; it can wait. */
export function ChannelStep({ onDone }: { onDone(): void }) {
  const { t } = useText()
  return (
    <>
      <h1 className={style.title}>{t.setup.channelTitle}</h1>
      <p className={style.lead}>{t.setup.channelText}</p>
      <ChannelForm
        onAdded={onDone}
        later={
          <>
            <Button size="sm" variant="default" onClick={onDone}>
              {t.parts.later}
            </Button>
            <span className="dim">{t.setup.channelLater}</span>
          </>
        }
      />
    </>
  )
}
