import { Button } from '@mantine/core'
import { Bookmark, ChevronDown, Pencil, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useText } from '../../i18n/index.tsx'
import { Menu } from '../../parts/menu.tsx'
import { isSet, type Filters } from '../../state/task-filter.ts'
import { searchToSave, useSavedViews } from './saved.ts'

const NameView = lazy(() => import('./name-view.tsx'))

/** Names what the list shows; of a view that has a name: another name, or none. */
export function SaveView({ url }: { url: Filters }) {
  const { t } = useText()
  const { saved, remove } = useSavedViews()
  const [asks, setAsks] = useState(false)
  const search = searchToSave(url)
  const current = saved.find(view => view.search === search)
  if (!current && !isSet(url) && url.sort === '') return null
  return (
    <>
      {current ? (
        <Menu
          label={current.name}
          items={[
            { label: t.tasks.renameView, icon: Pencil, run: () => setAsks(true) },
            { label: t.tasks.deleteView, icon: Trash2, run: () => remove(current.name) }
          ]}
          button={
            <Button variant="default" leftSection={<Bookmark fill="currentcolor" />} rightSection={<ChevronDown />}>
              {t.tasks.savedView}
            </Button>
          }
        />
      ) : (
        <Button variant="default" leftSection={<Bookmark />} onClick={() => setAsks(true)}>
          {t.tasks.saveView}
        </Button>
      )}
      <Suspense>{asks && <NameView search={search} name={current?.name} onClose={() => setAsks(false)} />}</Suspense>
    </>
  )
}
