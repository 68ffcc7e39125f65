/** The parts of a report on one run, in the order in which they are read. */
import { equityChart, MOST_MARKS, priceCharts } from './chart-data.js'
import type { RunCharts, RunDocument } from './document.js'
import { benchmarkTitle, figuresOf, minuteText, numberText, percentText } from './figures.js'
import { html, type Markup } from './html.js'
import { costsTable, drawdownsTable, figuresTable, monthsTable, pairsTable, tone, tradesTable } from './tables.js'

export function header(document: RunDocument): Markup {
  const { strategy, result, assets, source, interval, period, description } = document
  const names = assets.map(({ asset }) => asset).join(', ')
  const made = `${result.totalReturn < 0 ? 'lost' : 'made'} ${percentText(Math.abs(result.totalReturn))}\u00a0%`
  return html`<header class="top"><p class="eyebrow">Backtest</p><button id="theme" type="button" hidden>Dark</button>
<h1>${strategy} <span class="${tone(result.totalReturn)}">${made}</span> after all costs</h1>
<p class="lead">${leadOf(document)}</p>
<p class="subject">${description}.<br>${names}, ${source} bars of ${interval}, ${minuteText(period.start)} to ${minuteText(period.end)} UTC: ${numberText(period.bars, 0)} bars${period.warmupBars > 0 && html` after ${period.warmupBars} of warm-up`}.</p></header>`
}

function leadOf(document: RunDocument): string {
  const { result, diagnosis, strategy, benchmark } = document
  const isSame = strategy === 'buyhold' && typeof benchmark?.asset !== 'string'
  if (diagnosis !== null) return diagnosis
  if (result.benchmarkReturn === null || result.excessReturn === null || isSame) return ''
  const hold = `${result.benchmarkReturn < 0 ? 'lost' : 'made'} ${percentText(Math.abs(result.benchmarkReturn))} %`
  const points = `${percentText(Math.abs(result.excessReturn))} points`
  const what = typeof benchmark?.asset === 'string' ? `Holding ${benchmark.asset}` : 'Buying and holding'
  return `${what} ${hold}, ${result.excessReturn < 0 ? `${points} better` : `${points} worse`}.`
}

/** What is looked at first. */
export function keyFigures(document: RunDocument): Markup {
  const { result, costs, currency } = document
  const figures = figuresOf(document, ['sharpe', 'max_drawdown', 'trades'])
  const cell = (name: string, value: Markup | string, note: string): Markup =>
    html`<div><dt>${name}</dt><dd>${value}<span class="note"><small>${note}</small></span></dd></div>`
  return html`<dl class="key">
${cell('Net result', html`<span class="${tone(result.netProfit)}">${numberText(result.netProfit, 0)}</span>`, `${currency} on ${numberText(result.cash, 0)}`)}
${cell(benchmarkTitle(document), result.benchmarkReturn === null ? '–' : html`${percentText(result.benchmarkReturn)} <small>%</small>`, 'with the same costs')}
${figures.map(({ title, unit, text, metric, benchmark }) =>
  cell(
    title,
    metric.value === null ? '–' : html`${text}${unit === '%' && html` <small>%</small>`}`,
    metric.value === null ? text.replace(/^– /, '') : benchmark === undefined ? '' : `holding: ${benchmark}`,
  ),
)}
${cell('Costs', numberText(costs.total, 0), costs.bps === null ? currency : `${numberText(costs.bps, 1)} bps of what was traded`)}
</dl>`
}

export function warningsBox(warnings: readonly string[]): Markup {
  if (warnings.length === 0) return html``
  return html`<aside class="notes"><h2>Before you believe it</h2><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></aside>`
}

export function equitySection(document: RunDocument, charts: RunCharts): Markup {
  const equity = equityChart(document, charts)
  const { result, metrics } = document
  const said = `Equity went from ${numberText(result.cash, 0)} to ${numberText(result.finalEquity, 0)} ${document.currency}; its deepest draw-down was ${percentText(metrics.max_drawdown.value)} percent. The tables of months and of draw-downs below say the same in numbers.`
  return html`<section><h2>Equity</h2>
<ul class="legend"><li><i style="border-color: var(--own)"></i>${document.strategy}</li>${equity.lines.length > 1 && html`<li><i style="border-color: var(--other)"></i>${benchmarkTitle(document)}, the same costs</li>`}<li><i style="border-color: var(--bad)"></i>Below the highest so far</li></ul>
<figure role="group" aria-label="Equity and draw-down"><div class="chart" id="equity" role="img" aria-label="${said}"><p class="reading"></p><div class="plot"></div></div>
<div class="chart" id="drawdown" role="img" aria-label="Draw-down over time"><p class="reading"></p><div class="plot"></div></div>
<figcaption>${drawnText(charts.bars, charts.equity.timestamp.length)}${equity.isLog === true && ' The scale is logarithmic.'} Drag to look closer, click twice to go back.</figcaption></figure></section>`
}

function drawnText(bars: number, drawn: number): string {
  return drawn < bars
    ? `Drawn from ${numberText(drawn, 0)} of ${numberText(bars, 0)} bars: of each 700th of the time the first, the last, the lowest and the highest.`
    : `Every one of ${numberText(bars, 0)} bars is drawn.`
}

export function monthsSection(document: RunDocument): Markup {
  return html`<section><h2>Months and draw-downs</h2>${monthsTable(document)}${drawdownsTable(document)}</section>`
}

export function tradesSection(document: RunDocument, charts: RunCharts): Markup {
  const drawn = priceCharts(document, charts)
  const isCut = 2 * document.trades.length > MOST_MARKS
  return html`<section><h2>Trades</h2>
<ul class="legend"><li><i class="up good">▲</i>bought</li><li><i class="down bad">▼</i>sold</li></ul>
<figure role="group" aria-label="Prices and trades">${drawn.map(
    (chart, i) =>
      html`<h3>${charts.prices[i]?.asset ?? ''}</h3><div class="chart" id="${chart.id}" role="img" aria-label="Price of ${charts.prices[i]?.asset ?? ''} with what was bought and sold; the table of trades says the same"><p class="reading"></p><div class="plot"></div></div>`,
  )}${isCut && html`<figcaption>Marked are the ${MOST_MARKS / 2} trades that made or lost most.</figcaption>`}</figure>
${tradesTable(document)}</section>`
}

export function figuresSection(document: RunDocument): Markup {
  return html`<section><h2>Every figure</h2><p class="about">Returns are of UTC days where bars are shorter, else of bars. Where a ratio is undefined there is a reason, never a number.</p>${figuresTable(document)}</section>`
}

export function costsSection(document: RunDocument): Markup {
  const { blocked } = document
  const rows = blocked.map(
    ({ reason, count, timestamp, example }) =>
      html`<tr><th scope="row">${reason}</th><td>${count}</td><td>${minuteText(timestamp)}</td><td class="wrap">${example}</td></tr>`,
  )
  return html`<section><h2>Costs</h2>${costsTable(document)}</section>${
    blocked.length > 0 &&
    html`<section><h2>What did not happen, and why</h2><div class="scroll"><table><thead><tr><th scope="col" class="text">Reason</th><th scope="col">Times</th><th scope="col">First (UTC)</th><th scope="col" class="text">For example</th></tr></thead><tbody>${rows}</tbody></table></div></section>`
  }`
}

export function originSection(document: RunDocument): Markup {
  const { parameters, config, provenance, source, assets, interval, id, command } = document
  const { fill, sizing, margin, risk, seed, allowShort, participation } = config
  const settings: (readonly [string, string])[] = [
    ['Fill', fill],
    ['Sizing', wordsOf(sizing)],
    ['Margin', wordsOf(margin)],
    ['May go short', allowShort ? 'yes' : 'no'],
    ...(participation === undefined ? [] : [['Participation', `${participation} of a bar's volume`] as const]),
    ...Object.entries(risk).map(([name, value]) => [name, String(value)] as const),
  ]
  const origin: (readonly [string, string])[] = [
    ...(id === '' ? [] : [['Run', id] as const]),
    [
      'Bars',
      `${source} ${interval}: ${assets.map(({ asset, symbol }) => (symbol === null ? asset : `${asset} (${symbol})`)).join(', ')}`,
    ],
    ['Data, SHA-256', provenance.dataHash],
    ['Configuration, SHA-256', provenance.configHash],
    ...(provenance.strategyHash === null ? [] : [['Strategy file, SHA-256', provenance.strategyHash] as const]),
    ['Seed', String(seed)],
    ['Version', `mts ${provenance.version}`],
  ]
  const given = Object.entries(parameters).map(([name, value]) => [name, String(value)] as const)
  return html`<section><h2>How to have it again</h2><p class="about">The same data, configuration, seed and version give the same result to the last byte.</p>
<pre><code>${command}</code></pre><button class="copy" type="button" hidden>Copy</button>
<div class="two">${pairsTable('Parameters', given.length === 0 ? [['none', '']] : given)}${pairsTable('Settings', settings)}</div>${pairsTable('Fingerprint', origin)}${(document.assumptions ?? []).map((text) => html`<p class="about">${text}.</p>`)}</section>`
}

/** `fraction, fraction 1` → `fraction 1`: a setting with its numbers. */
function wordsOf(setting: Readonly<Record<string, unknown>>): string {
  const { kind, ...rest } = setting
  const parts = Object.entries(rest).map(([name, value]) => (name === kind ? String(value) : `${name} ${String(value)}`))
  return [String(kind), parts.join(', ')].filter((part) => part !== '').join(' ')
}
