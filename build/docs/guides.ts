import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Marked } from 'marked'
import { escape, slug } from './html.ts'
import { regionTable, vendorTable } from './vendors.ts'

export interface Guide {
  /** of its file, without `.md` */
  name: string
  title: string
  html: string
  /** links to its headings, as HTML */
  contents: string
}

/** In the order of the menu. */
const order = [
  'index',
  'first-video',
  'openai-programs',
  'channels',
  'prices-and-budgets',
  'webhooks',
  'alerts',
  'configuration-file',
  'upgrade',
  'backup',
  'behind-a-proxy',
  'migrating'
]

/** Returns the guides of a folder. Throws when one is not in the order of the menu. */
export function guidesIn(folder: string): Guide[] {
  const names = readdirSync(folder).map(file => file.replace(/\.md$/, ''))
  const unknown = [...names.filter(name => !order.includes(name)), ...order.filter(name => !names.includes(name))]
  if (unknown.length) throw new Error(`build/docs/guides.ts and src/docs differ: ${unknown.join(', ')}`)
  return order.map(name =>
    render(
      name,
      readFileSync(join(folder, `${name}.md`), 'utf8')
        .replace('<!-- vendors -->', vendorTable)
        .replace('<!-- regions -->', regionTable)
    )
  )
}

function render(name: string, text: string): Guide {
  const headings: { id: string; title: string }[] = []
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text: plain }) {
        const id = slug(plain)
        if (depth === 2) headings.push({ id, title: plain })
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      code({ text: code, lang = '' }) {
        const [language = ''] = lang.split(' ')
        return `<pre class="code" data-language="${escape(language)}"><code tabindex="0">${escape(code)}</code></pre>\n`
      },
      table(token) {
        const row = (cells: typeof token.header, tag: string) =>
          `<tr>${cells.map(cell => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
        return `<div class="wide" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${token.rows
          .map(cells => row(cells, 'td'))
          .join('')}</tbody></table></div>\n`
      },
      // between the files of the folder on a code host, and between the pages here
      link({ href, tokens }) {
        return `<a href="${escape(href.replace(/\.md(?=#|$)/, ''))}">${this.parser.parseInline(tokens)}</a>`
      }
    }
  })
  const html = marked.parse(text, { async: false })
  const title = /^# (.+)$/m.exec(text)?.[1]
  if (title === undefined) throw new Error(`${name}.md has no title`)
  const contents = headings
    .map(({ id, title: text }) => `<a href="#${id}">${escape(text.replaceAll('`', ''))}</a>`)
    .join('\n')
  return { name, title, html, contents }
}
