import { randomUUID } from 'node:crypto'

/** What a call to the sandbox ends in: Kling's envelope, a page as a proxy in front of a vendor shows it, or silence. */
export type Answer =
  | { kind: 'json'; status: number; body: Record<string, unknown> }
  | { kind: 'page'; status: number }
  | { kind: 'silence' }

/** Success in Kling's envelope (documents/cloudsway-maas-kl.txt). */
export function yes(data: unknown): Answer {
  return { kind: 'json', status: 200, body: { code: 0, message: 'SUCCEED', request_id: randomUUID(), data } }
}

/** Kling's no. Without a code: Cloudsway's own layer, which answers with a message alone (cloudsway.md §5). */
export function no({ status, code, message }: { status: number; code?: number; message: string }): Answer {
  const body = code === undefined ? { message } : { code, message, request_id: randomUUID() }
  return { kind: 'json', status, body }
}

export function proxyPage(status: number): string {
  return `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center><hr>reelay sandbox</body></html>\n`
}
