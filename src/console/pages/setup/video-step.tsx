import { Button } from '@mantine/core'
import { ArrowRight, Clapperboard } from 'lucide-react'
import { useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { Failure } from '../../parts/failure.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Note } from '../../parts/note.tsx'
import { Player, Stage } from '../../parts/player.tsx'
import { useFirstVideo } from './first-video.ts'
import { Hops } from './hops.tsx'
import style from './setup.module.css'

/** One button, and the sandbox's video plays. */
export function VideoStep({ onDone }: { onDone(): void }) {
  const { t, format } = useText()
  const [prompt, setPrompt] = useState(t.setup.firstPrompt)
  const { video, end, isBusy, error, make, markReady, reached } = useFirstVideo()
  const isReady = video !== null && end === 'completed'

  return (
    <>
      <h1 className={style.title}>{t.setup.videoTitle}</h1>
      <p className={style.lead}>{t.setup.videoText}</p>
      <form
        className={style.row}
        onSubmit={event => {
          event.preventDefault()
          make(prompt.trim())
        }}
      >
        <TextField
          className={style.grows}
          size="md"
          aria-label={t.setup.prompt}
          required
          value={prompt}
          onChange={event => setPrompt(event.currentTarget.value)}
        />
        <Button
          type="submit"
          size="md"
          variant={isReady ? 'default' : 'filled'}
          loading={isBusy}
          leftSection={<Clapperboard />}
        >
          {isReady ? t.setup.makeAnother : t.setup.make}
        </Button>
      </form>
      {isReady ? (
        <Player
          key={video.id}
          src={addressOf(`/v1/videos/${video.id}/content`)}
          label={video.prompt}
          onReady={markReady}
        />
      ) : (
        <Stage>
          {isBusy ? `${t.setup.making} ${format.percent((video?.progress ?? 0) / 100)}` : t.setup.stageEmpty}
        </Stage>
      )}
      <Hops reached={reached} />
      {error !== null && <Failure error={error} />}
      {end === 'failed' && (
        <Note tone="bad">
          {t.setup.videoFailed} {video?.error?.message}
        </Note>
      )}
      <div className={style.foot}>
        {isReady ? (
          <span className={style.works}>{t.setup.works(format.length(video.metadata.duration ?? 0))}</span>
        ) : (
          <span />
        )}
        <Button size="md" variant={isReady ? 'filled' : 'default'} rightSection={<ArrowRight />} onClick={onDone}>
          {isReady ? t.setup.toChannel : t.setup.skipVideo}
        </Button>
      </div>
    </>
  )
}
