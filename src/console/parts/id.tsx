import { CopyIcon } from './copy.tsx'

/** An id. In lists its end, which tells rows apart (UUIDv7 begins with the time); `full` with a way to copy it. */
export function Id({ id, full = false }: { id: string; full?: boolean }) {
  if (!full)
    return (
      <span className="mono" title={id}>
        {shortId(id)}
      </span>
    )
  return (
    <>
      <span className="mono">{id}</span>
      <CopyIcon text={id} />
    </>
  )
}

/** `video_…d9bf0c` */
export function shortId(id: string): string {
  const cut = id.indexOf('_') + 1
  return id.length - cut > 10 ? `${id.slice(0, cut)}…${id.slice(-7)}` : id
}
