/** Reads the YAML that is made of JSON values: blocks, plain words, and everything else as in JSON. Throws on anything else. */
export function readYaml(text: string): unknown {
  const lines = text.split('\n').filter(line => line !== '')
  let at = 0

  function block(indent: number): unknown {
    const line = lines[at] ?? ''
    if (line.slice(indent).startsWith('- ')) return sequence(indent)
    return /^("(?:[^"\\]|\\.)*"|[A-Za-z][^:"]*):/.test(line.slice(indent))
      ? mapping(indent)
      : scalar(lines[at++]!.slice(indent))
  }

  function sequence(indent: number): unknown[] {
    const items: unknown[] = []
    for (; lines[at]?.startsWith(`${' '.repeat(indent)}- `);) {
      lines[at] = `${' '.repeat(indent + 2)}${lines[at]!.slice(indent + 2)}`
      items.push(block(indent + 2))
    }
    return items
  }

  function mapping(indent: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {}
    for (; lines[at] !== undefined;) {
      const found = /^( *)("(?:[^"\\]|\\.)*"|[A-Za-z][^:"]*):(?: (.+))?$/.exec(lines[at]!)
      if (!found || found[1]!.length !== indent) break
      at++
      // a name, as a text
      fields[scalar(found[2]!) as string] = found[3] === undefined ? block(indent + 2) : scalar(found[3])
    }
    return fields
  }

  const value = block(0)
  if (at !== lines.length) throw new Error(`line ${at + 1} cannot be read: ${lines[at]}`)
  return value
}

function scalar(text: string): unknown {
  if (/^[A-Za-z]/.test(text) && !['true', 'false', 'null'].includes(text)) return text
  return JSON.parse(text)
}
