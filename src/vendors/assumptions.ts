import type { Facts } from './vendor.ts'

/** What a vendor makes of a request that leaves something out, so far as that changes the price. */
const assumptions: Readonly<Record<string, Facts>> = {
  // kling.md §2.1, §3.1: 720p (std), silent
  kling: { resolution: '720p', audio: false, video: false, voice: false },
  cloudsway: { resolution: '720p', audio: false, video: false, voice: false },
  // vidu.md §3: not off-peak unless asked
  vidu: { off_peak: false },
  // docs.x.ai, video guide: resolution, default 480p
  xai: { resolution: '480p' },
  // ai.google.dev, Interactions: response_format.resolution, default 720p
  gemini: { resolution: '720p' }
}

// kling.md §3.3: mode, default pro
const pro = ['kling-v3-omni', 'kling-video-o1']

/** What the vendor makes of a request to this model that leaves something out. */
export function assumptionsFor(vendor: string, upstreamModel: string): Facts {
  const own = Object.hasOwn(assumptions, vendor) ? assumptions[vendor] : {}
  return { ...own, ...(vendor === 'kling' && pro.includes(upstreamModel) && { resolution: '1080p' }) }
}
