import { Download, Link as LinkIcon } from 'lucide-react'
import { Button } from '@mantine/core'
import { addressOf, consoleBase } from '../../api/client.ts'
import { useText } from '../../i18n/index.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { TaskStage } from '../../parts/task-stage.tsx'
import { number, useUrl } from '../../state/url.ts'
import type { Shown } from './data.ts'
import style from './task.module.css'

const parameters = { video: number }

/** The player, and what is known of the file. */
export function Film({ task }: { task: Shown }) {
  const { t, format } = useText()
  const [{ video }, setUrl] = useUrl(parameters)
  const films = task.files?.filter(file => file.variant === 'video') ?? []
  const at = films.some(file => file.number === video) ? (video ?? 0) : 0
  const file = films.find(one => one.number === at)
  const until = file?.kept_until ?? task.expires_at
  return (
    <div>
      <TaskStage task={task} number={at} />
      {task.state === 'succeeded' && (
        <div className={style.file}>
          <Button
            component="a"
            variant="subtle"
            color="gray"
            leftSection={<Download />}
            href={addressOf(`/v1/videos/${task.id}/content${at > 0 ? `?number=${at}` : ''}`)}
            download={`${task.id}.mp4`}
          >
            {t.task.download} {file?.bytes ? <span className={style.bytes}>{format.bytes(file.bytes)}</span> : null}
          </Button>
          <CopyButton
            variant="subtle"
            color="gray"
            leftSection={<LinkIcon />}
            text={new URL(`tasks/${task.id}`, consoleBase).href}
          >
            {t.task.copyLink}
          </CopyButton>
          {films.length > 1 && (
            <Segmented
              label={t.task.which}
              value={String(at)}
              choices={films.map(one => ({ value: String(one.number), label: String(one.number + 1) }))}
              onChange={chosen => setUrl({ video: Number(chosen) || null }, { replace: true })}
            />
          )}
          {until !== null && <span className={`dim ${style.until}`}>{t.task.keptUntil(format.day(until))}</span>}
        </div>
      )}
    </div>
  )
}
