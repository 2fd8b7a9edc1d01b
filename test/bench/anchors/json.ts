import { readFileSync } from 'node:fs'

/* Nothing but JSON.parse and JSON.stringify of a text: what passing a body on costs a program that reads it the ordinary way, in µs of CPU. */

const [, , file = '', times = '1'] = process.argv
const text = readFileSync(file, 'utf8')
let length = 0
const once = () => (length += JSON.stringify(JSON.parse(text)).length)

for (let warm = 0; warm < 2; warm++) once()
const before = process.threadCpuUsage()
for (let time = 0; time < Number(times); time++) once()
const { user, system } = process.threadCpuUsage(before)
if (length !== text.length * (Number(times) + 2)) throw new Error('another text came out')
console.log((user + system) / Number(times))
