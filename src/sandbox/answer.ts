import { randomUUID } from 'node:crypto'

/** The answer to a call: Kling's envelope, a page of a proxy in front of the vendor, or silence (the connection is cut). */
export type Answer =
  | { kind: 'json'; status: number; body: Record<string, unknown> }
  | { kind: 'page'; status: number }
  | { kind: 'silence' }

/** Returns a success in Kling's envelope (documents/cloudsway-maas-kl.txt). */
export function yes(data: unknown): Answer {
  return { kind: 'json', status: 200, body: { code: 0, message: 'SUCCEED', request_id: randomUUID(), data } }
}

/** Returns an error in Kling's envelope; without a code one of Cloudsway itself, which has only a message (cloudsway.md §5). */
export function no({ status, code, message }: { status: number; code?: number; message: string }): Answer {
  const body = code === undefined ? { message } : { code, message, request_id: randomUUID() }
  return { kind: 'json', status, body }
}

export function proxyPage(status: number): string {
  return `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center><hr>reelay sandbox</body></html>\n`
}
