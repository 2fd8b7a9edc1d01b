import { globSync, readFileSync } from 'node:fs'
import { checkSync } from 'recheck/lib/browser.js'
import { parseAst } from 'rolldown/parseAst'
import { expect, test } from 'vitest'

/*
 * No regex of ours may take quadratic time or worse: texts from outside are long. recheck proves it, or attacks it (its pure JavaScript build).
 * Those that are built of words (http/create/names.ts) see names of 60 characters at most.
 */

const src = new URL('../../src/', import.meta.url).pathname

/** Regexes that see short texts only, or whose backtracking is bounded. */
const bounded: Record<string, string> = {
  [String.raw`/[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/g`]: 'vendors’ texts are cut to 8,000 characters first',
  [String.raw`/model mismatch|model.{0,80}(not found|does not exist)/i`]: 'eighty steps at most for each `model`',
  [String.raw`/\b(Bearer|Basic) +[\w.~+/=:-]{8,}/gi`]: 'the log shortens texts to 4,000 characters first',
  [String.raw`/\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?/g`]: 'the log',
  [String.raw`/\b(postgres|postgresql|redis|rediss|s3):\/\/.*@/gi`]: 'the log',
  [String.raw`/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi`]: 'the log',
  [String.raw`/\b(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>)]+/gi`]: 'the log'
}

/** Safe, which takes recheck 3 to 15 seconds each to prove: it does with RECHECK=all. */
const proven = new Set([
  String(
    /\b((?:api|access|secret|private|session|auth)[ _-]?(?:key|token)(?:[ _-]?id)?|secret|password|passwd|authorization|credential)(["']?\s?[:=]\s?["']?)(?=[^\s"',;&]*\d|[^\s"',;&]{16})[^\s"',;&]{4,}/gi
  ),
  String(
    /(^|[\s"'`(=:,[])(?:[A-Za-z]:\\[^\s"'`),;\]]+|(?:\.{0,2}\/)?(?:[\w.-]+\/)+[\w-]+\.(?:py|js|ts|mjs|go|java|php|rb|rs|so|cc|cpp|c|h|cs|kt|scala|log|ya?ml|toml|ini|conf|env|pem|sock)\b)/g
  ),
  String.raw`/-----BEGIN [A-Z ]{1,40}-----[^-]*(?:-----END [A-Z ]{1,40}-----)?/g`,
  String.raw`/^.*(?=seedance-)/`,
  String.raw`/\b((?:pk|rk|ak|r8|hf|xai|gsk|key|tok|ghp|gho|glpat|xox[abp])[-_])[A-Za-z\d][\w-]{10,}/g`,
  String.raw`/\b(AKIA|ASIA|AKLT|LTAI|AIza|ya29\.)[\w-]{8,}/g`,
  String(
    /(^|[\s"'`(=:,[])(?:file:\/\/)?\/(?:home|root|usr|var|opt|srv|app|apps|data|mnt|tmp|etc|proc|workspace|Users|Library|private)\/[^\s"'`),;:\]]*/g
  ),
  String(
    /\b((?:account|organi[sz]ation|org|project|proj|tenant|customer|workspace|team|acct|user)(?:[ _-]?id)?)(?:\s{0,4}[:=#]\s{0,4}|[\s_-]{1,4})["'`]?(?!(?:account|organi[sz]ation|project|tenant|customer|workspace|team|acct|user)\b)([\w-]{4,64})/gi
  ),
  String.raw`/^sk-[\w-]{29,}$/`,
  String.raw`/^data:image\/[\w.+-]+;base64,/i`,
  String.raw`/\/v1\w*\/files\/([\w-]+):download/`,
  String.raw`/\b(sk-|whsec_)[\w-]{6,}/g`,
  String.raw`/([?&](?:signature|sig|token|key|password|x-amz-[\w-]+)=)[^\s&"']+/gi`,
  String.raw`/\.(png|jpe?g|webp|gif|bmp|tiff?|hei[cf]|avif|mp4|mov|webm|m4v|mkv|mp3|wav|m4a|ogg|flac)\s*($|[?#])/i`
])

interface Found {
  source: string
  flags: string
}

/** The regexes in a file, as they are written. */
function literalsIn(file: string): Found[] {
  const found: Found[] = []
  JSON.stringify(parseAst(readFileSync(src + file, 'utf8'), { lang: 'ts' }), (name, value) => {
    if (name === 'regex' && value?.pattern !== undefined) found.push({ source: value.pattern, flags: value.flags })
    return typeof value === 'bigint' ? String(value) : value
  })
  return found
}

// recheck counts steps; what it stops by the clock it calls an attack, however busy the machine was
const TIMEOUT = 200_000
const unhurried = { timeout: TIMEOUT, attackTimeout: TIMEOUT, incubationTimeout: TIMEOUT }

/** What recheck says of those that are not proven safe. */
function unsafe(regexes: readonly Found[]): string[] {
  const verdicts = []
  for (const { source, flags } of regexes) {
    const name = `/${source}/${flags}`
    if (name in bounded || (proven.has(name) && process.env.RECHECK !== 'all')) continue
    const verdict = checkSync(source, flags, unhurried)
    if (verdict.status !== 'safe')
      verdicts.push(`${name} ${verdict.status === 'vulnerable' ? verdict.attack.pattern : verdict.error.kind}`)
  }
  return verdicts
}

const written = new Map<string, Found & { file: string }>()
// the console runs in the browser of whoever reads the text
for (const file of globSync('**/*.ts', { cwd: src, exclude: ['console/**'] }))
  for (const found of literalsIn(file)) written.set(`/${found.source}/${found.flags}`, { ...found, file })

test('recheck finds what it is asked to find', () => {
  expect(unsafe([{ source: String.raw`=\s*"?([^"]*)"?$`, flags: '' }])).toHaveLength(1)
  expect(unsafe([{ source: '^(?:a+)+$', flags: '' }])).toHaveLength(1)
})

test('the exceptions are of regexes that there are', () => {
  expect([...Object.keys(bounded), ...proven].filter(name => !written.has(name))).toEqual([])
  expect(written.size).toBeGreaterThan(150)
})

test.each([...Map.groupBy(written.values(), ({ file }) => file)])(
  '%s',
  { timeout: 300_000 },
  async (_file, regexes) => {
    expect(unsafe(regexes)).toEqual([])
  }
)
