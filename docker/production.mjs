/* Reduces package.json and node_modules to what the bundle needs at run time. Runs in the image's build stage, before `npm prune`. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const external = Array.from(manifest.scripts['build:server'].matchAll(/--external (\S+)/g), ([, name]) => name)

const dependencies = Object.fromEntries(
  Object.entries(manifest.dependencies).filter(([name]) => external.includes(name))
)
const { name, version, type, license } = manifest
writeFileSync(
  'package.json',
  `${JSON.stringify({ name, version, private: true, type, license, dependencies }, null, 2)}\n`
)

const sqlite = 'node_modules/better-sqlite3'
const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined
const wanted = `${process.platform}${process.platform === 'linux' && !glibc ? 'musl' : ''}-${process.arch}.node`
for (const file of readdirSync(`${sqlite}/prebuilds`)) if (file !== wanted) rmSync(`${sqlite}/prebuilds/${file}`)
for (const folder of ['deps', 'src']) rmSync(`${sqlite}/${folder}`, { recursive: true })

for (const file of readdirSync('dist')) if (file.endsWith('.map')) rmSync(`dist/${file}`)
