/** Our statuses in OpenAI's words, which are our own. */
export const words = {
  queued: 'queued',
  in_progress: 'in_progress',
  completed: 'completed',
  failed: 'failed'
} as const
