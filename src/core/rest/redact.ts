/** A function that takes the given texts, also as they stand in URLs, out of others. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const longestFirst = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length)
  const forms = longestFirst.flatMap((secret) => [...new Set([secret, encodeURIComponent(secret)])])
  return (text) => forms.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
}
