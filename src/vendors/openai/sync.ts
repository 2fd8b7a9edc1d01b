import { isRecord } from '../../lib/records.ts'
import { optionsOf, type Dialect } from './dialects.ts'
import type { ChannelConfig, HttpAnswer, Submitted } from '../vendor.ts'

/*
 * Servers of one's own that answer a create with the video itself. Sources: vLLM-Omni docs/serving/videos_api.md (`POST /v1/videos/sync`: the same
 * form, "generate a video synchronously and return raw video bytes") and api_server.py (video/mp4; 400, 500 and 503 as ErrorResponse; not in the
 * store that `GET /v1/videos` lists); NVIDIA's TensorRT-LLM notebooks for Cosmos 3 and FastVideo's server have the same path.
 */

// vLLM-Omni's recipes for four consumer GPUs: up to 15 minutes for one video
const USUAL_SECONDS = 1800

/** Returns where a create goes. */
export const syncPath = ({ path }: Dialect, channel: ChannelConfig): string =>
  optionsOf(channel).sync ? `${path}/sync` : path

/** Returns how long the video may take; undefined: the answer is a job. */
export function filmOf(channel: ChannelConfig): { withinMs: number } | undefined {
  const { sync, sync_timeout_seconds = USUAL_SECONDS } = optionsOf(channel)
  return sync ? { withinMs: sync_timeout_seconds * 1000 } : undefined
}

/** Reads an answer that is not the video: an error in the server's own words is its last word, since nothing goes on after it. */
export function readSyncSubmit<Operation>(answer: HttpAnswer, submitted: Submitted<Operation>): Submitted<Operation> {
  const { status, body } = answer
  const ownWords = isRecord(body) && ('error' in body || 'detail' in body)
  if (submitted.status !== 'rejected' || !ownWords || !(status === 500 || status === 503)) return submitted
  const { outcomeUnknown: _, ...rejected } = submitted
  return { ...rejected, sure: true }
}
