/** The beginning of a body on one line, safe for a terminal. */
export function excerpt(body: string): string {
  const text = body.slice(0, 400).replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ')
  return text.trim().slice(0, 200)
}
