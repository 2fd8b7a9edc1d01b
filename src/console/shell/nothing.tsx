import { Compass, Lock } from 'lucide-react'
import { Link } from 'wouter'
import { useText } from '../i18n/index.tsx'
import { Empty } from '../parts/empty.tsx'
import type { Page } from './pages.ts'

/** `home`: the first page of this session. */
export function NotFound({ home }: { home: Page | undefined }) {
  const { t } = useText()
  const act = home && <Link href={home.path}>{home.title(t)}</Link>
  return <Empty alone icon={Compass} title={t.shell.notFoundTitle} text={t.shell.notFoundText} act={act} />
}

export function Forbidden() {
  const { t } = useText()
  return <Empty alone icon={Lock} title={t.shell.forbiddenTitle} text={t.shell.forbiddenText} />
}
