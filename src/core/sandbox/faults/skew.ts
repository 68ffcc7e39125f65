const MILLISECONDS = /(?<![\d.])1[6-9]\d{11}(?![\d.])/g

/** Every time in a text (13 digits: 2020 to 2033) moved. Ids of the simulated books are never such numbers. */
export function shiftTimes(text: string, byMs: number): string {
  return text.replace(MILLISECONDS, (digits) => String(Number(digits) + Math.round(byMs)))
}
