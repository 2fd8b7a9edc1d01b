import { isRecord } from '../../lib/records.ts'
import { objectIn } from './read.ts'

/** Returns `metadata` with the options of all providers beneath it. Throws invalid_request for one that is no object. */
export function metadataOf(body: Record<string, unknown>, options: Record<string, unknown>): Record<string, unknown> {
  return Object.assign({}, ...Object.values(options).filter(isRecord), objectIn(body, 'metadata'))
}
