import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, minifySync, transformWithOxc, type Plugin, type Rolldown } from 'vite'
import { noticesOf } from './build/licences.ts'

/* The console: src/console becomes dist/console. `npm run dev:console` serves it from source, in front of a running gateway. */

const source = join(import.meta.dirname, 'src/console')
const output = join(import.meta.dirname, 'dist/console')
const gateway = process.env.GATEWAY ?? 'http://127.0.0.1:3000'

// of the parts, those that bring little of Mantine with them
const manyPagesUse = new RegExp(
  'src/console/(state|api|parts/(bars|budget-bar|card|copy|cost|fact-list|filter-chip|id|letter|load-more|menu|named-link|note|' +
    'page|page-tabs|paged-table|row-menu|segmented|slots|stat|status|table|tag|thumb|time)\\.)'
)
const fields = new RegExp(
  'components/(Checkbox|CloseButton|InlineInput|Input|InputBase|NativeSelect|Radio|Switch|Textarea|TextInput)/|' +
    'src/console/parts/(budget-fields|checkbox|fields|filter-bar|size|toggle)\\.'
)

export default defineConfig(({ command }) => ({
  root: source,
  // relative, so that the console works under any path
  base: command === 'build' ? './' : '/console/',
  cacheDir: join(import.meta.dirname, 'node_modules/.vite'),
  plugins: [react(), boot(), licences(), compress()],
  css: { modules: { generateScopedName: command === 'build' ? '[hash:base64:6]' : '[name]_[local]' } },
  build: {
    outDir: output,
    emptyOutDir: true,
    target: ['chrome111', 'firefox113', 'safari16.4'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // a file for each thing that two pages share would be a hundred small ones, which pack badly
        codeSplitting: {
          groups: [
            { name: 'icons', test: /node_modules\/lucide-react/, priority: 5 },
            { name: 'entry', tags: ['$initial'], priority: 4 },
            { name: 'pages', test: /\.css$/, priority: 3 },
            { name: 'parts', test: manyPagesUse, priority: 2 },
            { name: 'fields', test: fields, priority: 1 }
          ]
        }
      }
    }
  },
  server: {
    proxy: Object.fromEntries(['/console/api', '/admin', '/v1'].map(path => [path, { target: gateway }]))
  }
}))

/** Puts `boot.ts` in front of everything else: a blocking script that sets theme and language, and preloads what the page will need. */
function boot(): Plugin {
  const compile = async (preloads: object) => {
    const { code } = await transformWithOxc(readFileSync(join(source, 'boot.ts'), 'utf8'), 'boot.ts')
    return code.replace('PRELOADS', JSON.stringify(preloads))
  }
  return {
    name: 'console-boot',
    enforce: 'post',

    // in development: inline
    transformIndexHtml: {
      order: 'pre',
      handler: async (html, { server }) =>
        server
          ? html
              .replace('<!-- base -->', '<base href="/console/" />')
              .replace('<!-- boot -->', `<script>${await compile({})}</script>`)
          : html
    },

    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const html = bundle['index.html']
        if (html?.type !== 'asset') throw new Error('the build has no index.html')
        const { code } = minifySync('boot.js', await compile(preloadsOf(bundle)))
        const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8)
        const fileName = `assets/boot-${hash}.js`
        this.emitFile({ type: 'asset', fileName, source: code })
        html.source = String(html.source).replace('<!-- boot -->', `<script src="./${fileName}"></script>`)
      }
    }
  }
}

/** Returns for each page and language its name with the files that it needs besides the entry's. */
function preloadsOf(bundle: Rolldown.OutputBundle): Record<string, string[]> {
  const chunks = Object.values(bundle).filter(file => file.type === 'chunk')
  const needs = (fileName: string, found = new Set<string>()): Set<string> => {
    const chunk = chunks.find(one => one.fileName === fileName)
    if (!chunk || found.has(fileName)) return found
    found.add(fileName)
    // Vite adds the styles of a chunk to it
    const { viteMetadata } = chunk as Rolldown.OutputChunk & { viteMetadata?: { importedCss: Set<string> } }
    for (const style of viteMetadata?.importedCss ?? []) found.add(style)
    for (const other of chunk.imports) needs(other, found)
    return found
  }
  const entry = chunks.find(chunk => chunk.isEntry)
  const always = needs(entry?.fileName ?? '')
  const preloads: Record<string, string[]> = {}
  for (const { fileName, facadeModuleId } of chunks) {
    const name = /\/(?:pages|i18n)\/([\w-]+)\/index\.tsx?$/.exec(facadeModuleId ?? '')?.[1]
    if (name) preloads[name] = [...needs(fileName)].filter(file => !always.has(file))
  }
  return preloads
}

/** Writes the notices of the packages inside. */
function licences(): Plugin {
  return {
    name: 'console-licences',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter(file => file.type === 'chunk')
      const source = noticesOf(chunks.flatMap(chunk => chunk.moduleIds))
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source })
    }
  }
}

/** Writes `.br` and `.gz` beside each file: browsers accept brotli on HTTPS and localhost only. */
function compress(): Plugin {
  return {
    name: 'console-compress',
    apply: 'build',
    async closeBundle() {
      const files = readdirSync(output, { recursive: true, encoding: 'utf8' })
      await Promise.all(files.filter(file => /\.(js|css|svg|html)$/.test(file)).map(file => pack(join(output, file))))
    }
  }
}

async function pack(path: string) {
  const content = await readFile(path)
  if (content.length < 1024) return
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content, quality))
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }))
}
