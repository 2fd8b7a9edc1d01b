import { useSession } from '../../api/session.ts'
import { Own } from './own.tsx'
import { Report } from './report-page.tsx'

/** What was made and what it cost: of the whole gateway, or of the member key that is signed in. */
export default function Usage() {
  return useSession().kind === 'member' ? <Own /> : <Report />
}
