/* Colours three kinds of words: enough for examples of ten lines, in a tenth of what a highlighter weighs. */

export type Syntax = 'shell' | 'javascript' | 'python' | 'json' | 'http'

interface Word {
  kind: 'plain' | 'word' | 'string' | 'comment'
  text: string
}

const double = '"(?:[^"\\\\\\n]|\\\\.)*"'
const single = "'(?:[^'\\\\\\n]|\\\\.)*'"

const patterns: Record<Syntax, RegExp> = {
  // what is in single quotes is JSON, whose own strings are coloured
  shell: new RegExp(`(?<string>${double})|(?<comment>^#.*)|(?<word>^(?:curl|reelay|npx|export)\\b)`, 'gm'),
  javascript: new RegExp(
    `(?<string>${double}|${single}|\`[^\`]*\`)|(?<comment>//.*)|(?<word>\\b(?:import|from|const|let|await|new|return|for|of|if|while|throw)\\b)`,
    'gm'
  ),
  python: new RegExp(
    `(?<string>${double}|${single})|(?<comment>#.*)|(?<word>\\b(?:import|from|with|as|for|in|if|raise|print)\\b)`,
    'gm'
  ),
  json: new RegExp(`(?<string>${double})`, 'gm'),
  http: new RegExp(`(?<string>${double})|(?<word>^(?:GET|POST|PUT|DELETE)\\b)`, 'gm')
}

/** Returns the text in pieces, each of one kind. */
export function wordsOf(text: string, syntax: Syntax): Word[] {
  const words: Word[] = []
  let end = 0
  for (const { 0: found, index, groups } of text.matchAll(patterns[syntax])) {
    if (index > end) words.push({ kind: 'plain', text: text.slice(end, index) })
    words.push({ kind: groups?.string ? 'string' : groups?.comment ? 'comment' : 'word', text: found })
    end = index + found.length
  }
  if (end < text.length) words.push({ kind: 'plain', text: text.slice(end) })
  return words
}
