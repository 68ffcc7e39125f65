/** The tables of a report: everything that is drawn can be read in them too. */
import type { Trade } from '../result.js'
import type { MonthReturn, RunDocument } from './document.js'
import { benchmarkTitle, figuresOf, GROUPS, minuteText, numberText, percentText, priceText } from './figures.js'
import { html, type Markup } from './html.js'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const MOST_TRADES = 500

/** Every metric, in groups, with its definition below its name and the benchmark beside it. */
export function figuresTable(document: RunDocument): Markup {
  const hasBenchmark = document.benchmark !== null
  const rows = GROUPS.map(({ title, names }) => {
    const figures = figuresOf(document, names)
    return html`<tr class="group"><th colspan="${hasBenchmark ? 4 : 3}" scope="colgroup">${title}</th></tr>${figures.map(
      ({ name, title: label, unit, text, benchmark, metric }) =>
        html`<tr data-metric="${name}" data-value="${JSON.stringify(metric.value)}"><th scope="row" class="defined">${label}${unit !== '' && html` <span class="faint">${unit}</span>`}<small>${metric.definition}${metric.periods !== null && html`; P = ${numberText(metric.periods, 0)}`}</small></th><td class="${metric.value === null && 'reason'}">${text}</td>${
          hasBenchmark && html`<td class="soft">${benchmark ?? ''}</td>`
        }<td class="faint">${metric.n}</td></tr>`,
    )}`
  })
  return html`<div class="scroll"><table><caption>n: how many returns, bars or trades went into it</caption>
<thead><tr><th scope="col" class="text">Figure</th><th scope="col">${document.strategy}</th>${hasBenchmark && html`<th scope="col">${benchmarkTitle(document)}</th>`}<th scope="col">n</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
}

/** Years down, months across; how deep the colour is says how much. */
export function monthsTable({ monthlyReturns }: RunDocument): Markup {
  const years = [...new Set(monthlyReturns.map(({ month }) => month.slice(0, 4)))]
  const most = Math.max(1e-9, ...monthlyReturns.map((each) => Math.abs(each.return)))
  const hasBenchmark = monthlyReturns.some(({ benchmark }) => benchmark !== null)
  const rows = years.map((year) => {
    const own = monthlyReturns.filter(({ month }) => month.startsWith(year))
    const cells = MONTHS.map((_, i) => {
      const found = own.find(({ month }) => Number(month.slice(5)) === i + 1)
      return found === undefined ? html`<td></td>` : monthCell(found, most)
    })
    const other = html`<td class="soft">${percentText(compound(own.map(({ benchmark }) => benchmark)))}</td>`
    return html`<tr><th scope="row">${year}</th>${cells}<td><strong>${percentText(compound(own.map((each) => each.return)))}</strong></td>${hasBenchmark && other}</tr>`
  })
  return html`<div class="scroll"><table class="months"><caption>Percent a month, by UTC. A month marked * is not whole.</caption>
<thead><tr><th scope="col" class="text">Year</th>${MONTHS.map((month) => html`<th scope="col">${month}</th>`)}<th scope="col">Year</th>${hasBenchmark && html`<th scope="col">Hold</th>`}</tr></thead><tbody>${rows}</tbody></table></div>`
}

function monthCell(month: MonthReturn, most: number): Markup {
  const depth = (0.06 + 0.3 * (Math.abs(month.return) / most)).toFixed(3)
  const color = month.return < 0 ? '--bad-rgb' : '--good-rgb'
  const style = month.return === 0 ? '' : `background: rgba(var(${color}), ${depth})`
  return html`<td style="${style}">${percentText(month.return)}${month.isPartial && html`<small>*</small>`}</td>`
}

function compound(returns: readonly (number | null)[]): number | null {
  return returns.reduce<number | null>(
    (growth, each) => (growth === null || each === null ? null : (1 + growth) * (1 + each) - 1),
    0,
  )
}

export function drawdownsTable({ drawdowns }: RunDocument): Markup {
  if (drawdowns.length === 0) return html`<p class="about">Equity never lay below an earlier high.</p>`
  const rows = drawdowns
    .slice(0, 5)
    .map(
      ({ depth, peakTime, troughTime, recoveryTime, days }) =>
        html`<tr><td class="bad">${percentText(depth)}</td><td>${minuteText(peakTime)}</td><td>${minuteText(troughTime)}</td><td>${recoveryTime === null ? 'not yet' : minuteText(recoveryTime)}</td><td>${numberText(days, 1)}</td></tr>`,
    )
  return html`<div class="scroll"><table><caption>The deepest times under water</caption><thead><tr><th scope="col">Depth (%)</th><th scope="col">High (UTC)</th><th scope="col">Low</th><th scope="col">Recovered</th><th scope="col">Days</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

export function tradesTable({ trades, openPositions, currency, id }: RunDocument): Markup {
  if (trades.length + openPositions.length === 0) return html`<p class="about">There was no trade.</p>`
  const some = trades.length > MOST_TRADES ? [...trades.slice(0, MOST_TRADES / 2), ...trades.slice(-MOST_TRADES / 2)] : trades
  const left = trades.length - some.length
  const caption =
    left > 0
      ? `The first and the last ${MOST_TRADES / 2} of ${numberText(trades.length, 0)} trades; all: ${id === '' ? 'in the JSON' : `mts backtest show ${id} --json`}`
      : `${trades.length} closed, ${openPositions.length} still open at the end`
  return html`<details${trades.length <= 30 && openAttribute}><summary>${numberText(trades.length + openPositions.length, 0)} trades</summary><div class="scroll"><table><caption>${caption}</caption>
<thead><tr><th scope="col" class="text">Asset</th><th scope="col" class="text">Side</th><th scope="col">In (UTC)</th><th scope="col">Out</th><th scope="col">Quantity</th><th scope="col">Price in</th><th scope="col">Price out</th><th scope="col">Costs</th><th scope="col">Result (${currency})</th><th scope="col">Return (%)</th><th scope="col" class="text">Ended by</th></tr></thead>
<tbody>${some.map(tradeRow)}${openPositions.map(
    (open) =>
      html`<tr><td class="text">${open.asset}</td><td class="text">${open.side}</td><td>${minuteText(open.entryTime)}</td><td class="soft">open</td><td>${priceText(open.quantity)}</td><td>${priceText(open.entryPrice)}</td><td>${priceText(open.price)}</td><td>${numberText(open.fees - open.funding, 2)}</td><td class="${tone(open.unrealised)}">${numberText(open.unrealised, 2)}</td><td></td><td class="text soft">not realised</td></tr>`,
  )}</tbody></table></div></details>`
}

const openAttribute = html` open`

function tradeRow(trade: Trade): Markup {
  return html`<tr><td class="text">${trade.asset}</td><td class="text">${trade.side}</td><td>${minuteText(trade.entryTime)}</td><td>${minuteText(trade.exitTime)}</td><td>${priceText(trade.quantity)}</td><td>${priceText(trade.entryPrice)}</td><td>${priceText(trade.exitPrice)}</td><td>${numberText(trade.fees - trade.funding, 2)}</td><td class="${tone(trade.pnl)}">${numberText(trade.pnl, 2)}</td><td>${percentText(trade.return)}</td><td class="text soft">${trade.exitReason}</td></tr>`
}

export function tone(value: number): string {
  return value < 0 ? 'bad' : value > 0 ? 'good' : ''
}

export function costsTable({ costs, currency, fundingPayments, config }: RunDocument): Markup {
  const { maker, taker, fixed } = config.fees
  const bps = (fraction: number): string => numberText(fraction * 10_000, 2)
  const fees = `${bps(maker)} bps maker, ${bps(taker)} bps taker${fixed > 0 ? `, ${fixed} a fill` : ''}`
  const row = (name: string, amount: number, note: string): Markup =>
    html`<tr><th scope="row">${name}</th><td>${numberText(amount, 2)}</td><td class="wrap">${note}</td></tr>`
  return html`<div class="scroll"><table><caption>In ${currency}; a cost is above 0</caption><tbody>
${row('Fees', costs.fees, `${costs.fills} fills: ${fees}`)}
${row('Slippage', costs.slippage, slippageText(config))}
${row('Funding', -costs.funding, fundingPayments.length === 0 ? 'no payment' : `${fundingPayments.length} payments`)}
${row('All of it', costs.total, costs.bps === null ? '' : `${numberText(costs.bps, 2)} bps of ${numberText(costs.traded, 0)} traded`)}
</tbody></table></div>`
}

function slippageText({ slippage, slippageOf }: RunDocument['config']): string {
  if (slippageOf !== undefined) return 'half of the stored median spread of each asset'
  switch (slippage.kind) {
    case 'none':
      return 'none was taken'
    case 'bps':
      return `${slippage.bps} bps a fill`
    case 'half-spread':
      return `half of a spread of ${slippage.spreadBps} bps`
    case 'volume-share':
      return `price · ${slippage.impact} · (quantity / volume of the bar)²`
    case 'book-samples':
      return `from stored order books; ${slippage.fallbackBps} bps where there was none`
  }
}

/** Names and values: parameters, settings, where it comes from. */
export function pairsTable(caption: string, pairs: readonly (readonly [name: string, value: string])[]): Markup {
  return html`<div class="scroll"><table><caption>${caption}</caption><tbody>${pairs.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td class="hash">${value}</td></tr>`,
  )}</tbody></table></div>`
}
