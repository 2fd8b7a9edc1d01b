/* Theme, search, and command lines with the address of this server. A classic script in the head: the theme is set before the first paint. */

const root = document.documentElement
const themes = ['light', 'dark']

const saved = () => {
  try {
    return localStorage.getItem('reelay.theme')
  } catch {
    return null
  }
}

const preferred = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
root.dataset.theme = themes.includes(saved()) ? saved() : preferred()

document.addEventListener('DOMContentLoaded', () => {
  document.getElementById('theme').addEventListener('click', () => {
    root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark'
    try {
      localStorage.setItem('reelay.theme', root.dataset.theme)
    } catch {
      // stays until the page is left
    }
  })

  // where /docs is: a proxy may serve it below a path
  const base = new URL('..', location.href).href.replace(/\/$/, '')
  for (const block of document.querySelectorAll('pre.code')) {
    const code = block.firstElementChild
    if (block.closest('.reference')) code.textContent = code.textContent.replaceAll('$REELAY_URL', base)
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = 'Copy'
    const say = text => {
      button.textContent = text
      setTimeout(() => (button.textContent = 'Copy'), 1500)
    }
    button.addEventListener('click', () => {
      // there is no clipboard over plain HTTP
      const select = () => {
        getSelection().selectAllChildren(code)
        say('Selected')
      }
      if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(() => say('Copied'), select)
      else select()
    })
    block.append(button)
  }

  const find = document.getElementById('find')
  if (!find) return
  const parts = [...document.querySelectorAll('[data-find]')]
  const groups = [...document.querySelectorAll('nav details, main section')]
  find.addEventListener('input', () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean)
    for (const part of parts) part.hidden = !words.every(word => part.dataset.find.includes(word))
    for (const group of groups) {
      const some = group.querySelector('[data-find]:not([hidden])') !== null
      group.hidden = words.length > 0 && !some
      if (group.tagName === 'DETAILS') group.open = words.length > 0 && some
    }
    document.getElementById('nothing').hidden = parts.some(part => !part.hidden)
  })
  addEventListener('keydown', event => {
    if (event.key !== '/' || event.target.matches('input')) return
    event.preventDefault()
    find.focus()
  })
})
