import { useEffect, useRef, useState, type RefObject } from 'react'

/** The state of a `<video>` and what can be done with it. `box`: what becomes full screen. */
export function usePlayback(box: RefObject<HTMLElement | null>) {
  const video = useRef<HTMLVideoElement>(null)
  const [playing, setPlaying] = useState(false)
  const [loop, setLoop] = useState(true)
  const [muted, setMuted] = useState(true)
  const [full, setFull] = useState(false)
  const [at, setAt] = useState(0)
  const [duration, setDuration] = useState(0)

  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null && document.fullscreenElement === box.current)
    document.addEventListener('fullscreenchange', changed)
    return () => document.removeEventListener('fullscreenchange', changed)
  }, [box])

  const seek = (seconds: number) => {
    if (!video.current) return
    video.current.currentTime = Math.min(Math.max(seconds, 0), video.current.duration || 0)
    setAt(video.current.currentTime)
  }

  const act = {
    toggle() {
      if (video.current?.paused) void video.current.play().catch(() => undefined)
      else video.current?.pause()
    },
    seek,
    /** `by`: seconds; stops at the frame */
    move(by: number) {
      if (!video.current) return
      if (Math.abs(by) < 1) video.current.pause()
      seek(video.current.currentTime + by)
    },
    loop: () => setLoop(on => !on),
    mute: () => setMuted(on => !on),
    fullScreen() {
      if (document.fullscreenElement) void document.exitFullscreen()
      else void box.current?.requestFullscreen()
    }
  }

  const events = {
    onPlay: () => setPlaying(true),
    onPause: () => setPlaying(false),
    onTimeUpdate: () => setAt(video.current?.currentTime ?? 0),
    onDurationChange: () => setDuration(video.current?.duration ?? 0)
  }
  return { video, playing, loop, muted, full, at, duration, act, events }
}
