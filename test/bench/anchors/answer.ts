/** What the anchors answer to a poll: as many bytes as a finished video has. */
export const ANSWER = JSON.stringify({
  id: `video_${'0'.repeat(32)}`,
  task_id: `video_${'0'.repeat(32)}`,
  object: 'video',
  model: 'kling-v1',
  status: 'succeeded',
  progress: 100,
  created_at: 1_722_769_557,
  completed_at: 1_722_769_677,
  expires_at: null,
  prompt: 'An astronaut walks on the moon',
  seconds: '5',
  size: '1920x1080',
  remixed_from_video_id: null,
  format: 'mp4',
  url: `http://127.0.0.1:3000/v1/videos/video_${'0'.repeat(32)}/content?expires=1722769557&signature=${'0'.repeat(43)}`,
  metadata: { duration: 5, fps: null, width: null, height: null, seed: null },
  error: null
})
