import { useEffect, useState, type RefObject } from 'react'

/** Whether an element has been on the screen. */
export function useVisible(place: RefObject<Element | null>): boolean {
  const [visible, setVisible] = useState(false)
  useEffect(() => {
    const element = place.current
    if (visible || !element) return undefined
    const observer = new IntersectionObserver(entries => setVisible(entries.some(entry => entry.isIntersecting)), {
      rootMargin: '200px'
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [place, visible])
  return visible
}
