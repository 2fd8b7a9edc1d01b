import { createHash, randomBytes } from 'node:crypto'

/* W3C Trace Context (www.w3.org/TR/trace-context): `00-<trace>-<span>-<flags>`. */

export interface TraceContext {
  /** 32 hexadecimal digits */
  traceId: string
  /** 16 hexadecimal digits */
  spanId: string
  sampled: boolean
}

/** Reads a `traceparent` header; null: it is absent or invalid. Of later versions the fields of this one. */
export function readTraceparent(text: string | null | undefined): TraceContext | null {
  const [, version, traceId, spanId, flags] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(text?.trim() ?? '') ?? []
  // version 00 has nothing after its flags
  if (
    version === undefined ||
    version === 'ff' ||
    (version === '00' && text!.trim().length !== 55) ||
    traceId === undefined ||
    spanId === undefined
  )
    return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}

export const writeTraceparent = ({ traceId, spanId, sampled }: TraceContext) =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`

export const newTraceId = () => randomBytes(16).toString('hex')
export const newSpanId = () => randomBytes(8).toString('hex')

/** Returns the id of the span of a task: the same in every process that works on it, so nothing has to be stored for it. */
export const spanIdOf = (taskId: string) => createHash('sha256').update(taskId).digest('hex').slice(0, 16)
