import type { ManagedBy } from '../api/types/index.ts'
import { useText } from '../i18n/index.tsx'
import { Note } from './note.tsx'

/** Says where the configuration file defines something that can therefore not be changed here. */
export function ManagedNote({ by }: { by: ManagedBy | null | undefined }) {
  const { t } = useText()
  return by ? <Note>{t.channels.managedBy(by.file, by.line)}</Note> : null
}
