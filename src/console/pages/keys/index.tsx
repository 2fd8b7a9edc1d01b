import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { request } from '../../api/client.ts'
import { modelsQuery } from '../../api/lists.ts'
import { usePages } from '../../api/pages.ts'
import { useCan } from '../../api/session.ts'
import type { CreatedKey, Key } from '../../api/types/index.ts'
import { useText } from '../../i18n/index.tsx'
import { Code } from '../../parts/code.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Page } from '../../parts/page.tsx'
import { PagedTable } from '../../parts/paged-table.tsx'
import { SecretOnce } from '../../parts/secret-once.tsx'
import { snippetsOf } from '../../parts/snippets.ts'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { text, useUrl } from '../../state/url.ts'
import { PhoneKey, useColumns } from './columns.tsx'
import { KeyFacts } from './facts.tsx'
import { KeyPanel } from './panel.tsx'
import { Rotate } from './rotate.tsx'
import style from './keys.module.css'

const parameters = { open: text, new: text }

/** Keys: who may make videos, how much they may spend, and what they did. */
export default function Keys() {
  const { t } = useText()
  const can = useCan()
  const queries = useQueryClient()
  const [url, setUrl] = useUrl(parameters)
  const list = usePages<Key>(['keys'], '/admin/keys')
  const [rotating, setRotating] = useState<Key | null>(null)
  const [revoking, setRevoking] = useState<Key | null>(null)
  const [created, setCreated] = useState<CreatedKey | null>(null)

  const refresh = () => queries.invalidateQueries({ queryKey: ['keys'] })
  const pause = useMutation({
    mutationFn: ({ id, disabled }: Key) => request('PATCH', `/admin/keys/${id}`, { body: { disabled: !disabled } }),
    onSettled: refresh
  })
  const acts = useMemo(
    () => ({ onRotate: setRotating, onPause: (key: Key) => pause.mutate(key), onRevoke: setRevoking }),
    [pause]
  )
  const openNew = () => setUrl({ new: '1', open: '' })
  const close = () => setUrl({ new: '', open: '' })
  useShortcuts(can('keys:write') ? { n: openNew } : {})
  const columns = useColumns(acts)
  const button = can('keys:write') && (
    <Button leftSection={<Plus />} onClick={openNew}>
      {t.keys.newKey}
    </Button>
  )

  return (
    <Page title={t.keys.title} facts={<KeyFacts list={list} />} actions={button}>
      {pause.error && <Failure error={pause.error} />}
      <PagedTable
        label={t.keys.title}
        list={list}
        columns={columns}
        keyOf={key => key.id}
        phone={key => <PhoneKey of={key} acts={acts} />}
        empty={<Empty icon={KeyRound} title={t.keys.empty} text={t.keys.emptyText} act={button || undefined} />}
      />
      {list.rows !== null && list.rows.some(key => key.budget) && (
        <p className={style.legend}>
          <span>
            <i className={style.spent} /> {t.keys.spent}
          </span>
          <span>
            <i className={style.held} /> {t.keys.heldBy}
          </span>
        </p>
      )}
      <KeyPanel
        open={url.new && can('keys:write') ? 'new' : url.open}
        listed={list.rows?.find(key => key.id === url.open)}
        acts={acts}
        onCreated={key => {
          setCreated(key)
          close()
        }}
        onClose={close}
      />
      {rotating && (
        <Rotate
          of={rotating}
          onRotated={key => {
            setCreated(key)
            setRotating(null)
          }}
          onClose={() => setRotating(null)}
        />
      )}
      {revoking && (
        <Confirm
          opened
          title={t.keys.revokeTitle(revoking.name)}
          act={t.keys.revoke}
          danger
          onConfirm={async () => {
            await request('DELETE', `/admin/keys/${revoking.id}`)
            if (url.open === revoking.id) close()
            await refresh()
          }}
          onClose={() => setRevoking(null)}
        >
          {t.keys.revokeText}
        </Confirm>
      )}
      {created && <Created key={created.key} of={created} onDone={() => setCreated(null)} />}
    </Page>
  )
}

function Created({ of, onDone }: { of: CreatedKey; onDone(): void }) {
  const { t } = useText()
  const can = useCan()
  const models = useQuery({ ...modelsQuery, enabled: can('models:read') })
  const model = of.models?.[0] ?? models.data?.data.find(({ available }) => available)?.name ?? 'sandbox'
  return (
    <SecretOnce
      title={t.keys.shownTitle(of.name)}
      note={t.setup.shownOnce}
      secret={of.key}
      copy={t.setup.copyKey}
      kept={t.keys.kept(of.name)}
      onDone={onDone}
    >
      <Code snippets={snippetsOf({ model, prompt: t.setup.firstPrompt, duration: 5 }, of.key)} />
    </SecretOnce>
  )
}
