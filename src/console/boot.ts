/*
 * Runs before the first paint: sets theme and language, and starts loading what the page will need. vite.config.ts fills in PRELOADS, the files
 * of each page and language; a classic script of its own because the content security policy allows none in the page.
 */

declare const PRELOADS: Record<string, string[] | undefined>

;(() => {
  const root = document.documentElement
  const saved = (name: string) => {
    try {
      return localStorage.getItem(name)
    } catch {
      return null
    }
  }

  const scheme = saved('reelay.theme') ?? 'auto'
  const dark = scheme === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : scheme === 'dark'
  root.dataset.mantineColorScheme = dark ? 'dark' : 'light'

  const language = saved('reelay.language') ?? navigator.language
  const chinese = language.toLowerCase().startsWith('zh')
  root.lang = chinese ? 'zh-CN' : 'en'

  const { pathname } = new URL(document.baseURI)
  const [page, id] = location.pathname.slice(pathname.length).split('/')
  for (const name of [chinese ? 'zh' : 'en', page === 'tasks' && id ? 'task' : page || 'overview'])
    for (const file of PRELOADS[name] ?? []) {
      const link = document.createElement('link')
      link.href = file
      if (file.endsWith('.css')) {
        link.rel = 'preload'
        link.as = 'style'
      } else link.rel = 'modulepreload'
      document.head.append(link)
    }
})()
