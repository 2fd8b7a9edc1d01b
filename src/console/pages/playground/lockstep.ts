/** Films that are watched side by side. */
export interface Lockstep {
  /** Watches a film with the others. Returns what lets it go. */
  add(film: HTMLVideoElement): () => void
  /** Starts all of them at their beginning, and keeps them in step from then on; or leaves each to itself. */
  hold(isOn: boolean): void
}

// seconds: closer films are left as they are, so that one that followed does not lead the others back
const NEAR = 0.2
const END = 0.5

/** Keeps films in step: what plays, pauses or jumps in one does so in all. One that begins again by itself, as it is shorter, moves no other. */
export function createLockstep(): Lockstep {
  const films = new Set<HTMLVideoElement>()
  let isHeld = false

  function lead(film: HTMLVideoElement, follow: (other: HTMLVideoElement) => void) {
    if (isHeld) for (const other of films) if (other !== film) follow(other)
  }

  return {
    add(film) {
      let before = 0
      const seeked = () => {
        const hasBegunAgain = before > film.duration - END && film.currentTime < END
        before = film.currentTime
        if (!hasBegunAgain) lead(film, other => moveTo(other, film.currentTime))
      }
      const events = {
        timeupdate: () => (before = film.currentTime),
        play: () => lead(film, play),
        pause: () => lead(film, other => other.pause()),
        seeked
      }
      for (const [name, handle] of Object.entries(events)) film.addEventListener(name, handle)
      films.add(film)
      return () => {
        films.delete(film)
        for (const [name, handle] of Object.entries(events)) film.removeEventListener(name, handle)
      }
    },

    hold(isOn) {
      isHeld = isOn
      if (!isOn) return
      for (const film of films) {
        film.currentTime = 0
        play(film)
      }
    }
  }
}

// a browser may refuse to play a film with sound
const play = (film: HTMLVideoElement) => void film.play().catch(() => undefined)

function moveTo(film: HTMLVideoElement, seconds: number) {
  const at = Math.min(seconds, film.duration)
  if (Math.abs(film.currentTime - at) > NEAR) film.currentTime = at
}
