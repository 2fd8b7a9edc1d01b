/** The text above the reference, in Markdown. */
export const introduction = `Create videos at about twenty vendors with one API, in OpenAI's format or the unified one.

**Base URLs.** Every route below \`/v1\` also exists below \`/openai/v1\`, where the words of \`status\` are always OpenAI's; \`/openai\` and no prefix at all are read too.

**Keys.** Send \`Authorization: Bearer sk-…\`. Member keys see their own videos only; admin keys also use \`/admin\`.

**Bodies.** JSON in UTF-8, where a body is documented as a form also multipart. Numbers may be sent as text. Unknown fields are an error on \`/admin\`, and a warning in requests for videos.

**Objects.** Times are Unix seconds, unless a name ends in \`_ms\`. Money is a decimal text with its currency. Fields may be added to objects: ignore those that you do not know.

**Lists** are pages: send \`last_id\` as \`after\` while \`has_more\` is true.

**Errors** always have the same body. Test \`code\`; \`message\` is for people and may change. \`x-request-id\` names the request in the log.

**Repeating.** With an \`Idempotency-Key\` a create is safe to repeat. \`x-should-retry: false\` says when repeating cannot help.`
