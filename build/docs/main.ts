import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { createDocument } from '../../src/http/openapi/document.ts'
import { guidesIn } from './guides.ts'
import { asPage } from './page.ts'
import { reference } from './reference.ts'

/* The documentation: src/docs and the OpenAPI document become pages in dist/docs, which need no server but one of files. */

const source = join(import.meta.dirname, '../../src/docs')
const output = join(import.meta.dirname, '../../dist/docs')

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string } // npm checked it
const guides = guidesIn(source)
const api = reference(createDocument({ version, url: '/' }))

const files: Record<string, string> = {
  'reference.html': asPage({
    title: 'API reference',
    name: 'reference',
    guides,
    body: api.body,
    aside: api.aside,
    version
  }),
  ...Object.fromEntries(
    guides.map(guide => [
      `${guide.name}.html`,
      asPage({ title: guide.title, name: guide.name, guides, body: guide.html, aside: guide.contents, version })
    ])
  ),
  'docs.css': readFileSync(join(import.meta.dirname, 'docs.css'), 'utf8'),
  'docs.js': readFileSync(join(import.meta.dirname, 'docs.js'), 'utf8')
}

rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })
for (const [name, text] of Object.entries(files)) {
  const bytes = Buffer.from(text)
  writeFileSync(join(output, name), bytes)
  if (bytes.length < 1024) continue
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  writeFileSync(join(output, `${name}.br`), brotliCompressSync(bytes, quality))
  writeFileSync(join(output, `${name}.gz`), gzipSync(bytes, { level: 9 }))
}

const broken = brokenLinks()
if (broken.length) throw new Error(`links in the documentation that lead nowhere:\n${broken.join('\n')}`)

/** Returns the links between pages whose page or heading does not exist. */
function brokenLinks(): string[] {
  const pages = readdirSync(output).filter(name => name.endsWith('.html'))
  const text = (page: string) => files[page] ?? ''
  return pages.flatMap(page =>
    [...text(page).matchAll(/href="(?!https?:|\.\.\/)([^"#]*)(?:#([^"]*))?"/g)].flatMap(([, path = '', anchor]) => {
      const target = path === '' ? page : path === './' ? 'index.html' : path
      const file = Object.hasOwn(files, target) ? target : `${target}.html`
      const isThere = Object.hasOwn(files, file) && (!anchor || text(file).includes(`id="${anchor}"`))
      return isThere ? [] : [`${page}: ${path}${anchor ? `#${anchor}` : ''}`]
    })
  )
}
