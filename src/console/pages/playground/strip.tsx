import { UnstyledButton } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { request } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import type { List, Video } from '../../api/types/index.ts'
import { taskOf } from '../../api/videos.ts'
import { useText } from '../../i18n/index.tsx'
import { playgroundOf } from '../../parts/asked.ts'
import { Thumb } from '../../parts/thumb.tsx'
import { useTaskQuery } from '../task/data.ts'
import { headersFor } from './data.ts'
import style from './strip.module.css'

const COUNT = 20

/** My last videos; a click brings one on the stage, with its settings in the form. */
export function Strip({ as, shown }: { as: string; shown: readonly string[] }) {
  const { t } = useText()
  const { key } = useSession()
  const [, navigate] = useLocation()
  const client = useQueryClient()
  const taskQuery = useTaskQuery()
  const { data } = useQuery({
    queryKey: ['tasks', 'mine', as],
    queryFn: ({ signal }) =>
      request<List<Video>>('GET', '/v1/videos', { query: { limit: COUNT }, headers: headersFor(as), signal })
  })
  const tasks = data?.data.map(video => taskOf(video, key ?? { id: '', name: '' })) ?? []

  async function load(id: string) {
    // what was asked for is in the details
    const task = await client.fetchQuery(taskQuery(id)).catch(() => tasks.find(one => one.id === id))
    if (task) navigate(playgroundOf(task) + (as === '' ? '' : `&as=${encodeURIComponent(as)}`))
  }

  return (
    <aside className={style.strip} aria-label={t.playground.lately}>
      <h2>{t.playground.lately}</h2>
      {data && tasks.length === 0 && <p className="small dim">{t.playground.nothingYet}</p>}
      <ul className={style.films}>
        {tasks.map(task => (
          <li key={task.id}>
            <UnstyledButton
              className={`${style.film} ${shown.includes(task.id) ? style.current : ''}`}
              title={task.prompt}
              aria-current={shown.includes(task.id)}
              onClick={() => void load(task.id)}
            >
              <Thumb task={task} kind="wide" />
              <span className="cut small dim">{task.model}</span>
              <span className="unseen">{task.prompt}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </aside>
  )
}
