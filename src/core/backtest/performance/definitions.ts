/** What each number of a report means. The text stands beside the number in every JSON: no figure without its definition. */

export type Unit = 'fraction' | 'ratio' | 'money' | 'bars' | 'count' | 'per year' | 'R'

interface Definition {
  readonly title: string
  readonly unit: Unit
  readonly definition: string
}

/** r: simple return of equity from one period (a day, or a longer bar) to the next; n: how many; P: periods a year; E: equity; dd: draw-down. */
export const DEFINITIONS = {
  total_return: { title: 'Total return', unit: 'fraction', definition: 'E_end / E_0 - 1' },
  cagr: { title: 'CAGR', unit: 'fraction', definition: '(E_end / E_0)^(P / n) - 1, of ten periods or more' },
  volatility: { title: 'Volatility', unit: 'fraction', definition: 'sd(r, ddof 1) * sqrt(P)' },
  sharpe: { title: 'Sharpe', unit: 'ratio', definition: 'mean(r - rf) / sd(r - rf, ddof 1) * sqrt(P)' },
  sortino: {
    title: 'Sortino',
    unit: 'ratio',
    definition: 'mean(r - rf) * P / (sqrt(mean(min(r - rf, 0)^2)) * sqrt(P)), mean over all n',
  },
  max_drawdown: {
    title: 'Max draw-down',
    unit: 'fraction',
    definition: 'min over bars t of E_t / max(E_0..E_t) - 1, start capital included',
  },
  max_drawdown_bars: {
    title: 'Longest draw-down',
    unit: 'bars',
    definition: 'bars from a peak to its recovery, or to the end, of the longest draw-down',
  },
  underwater_bars: { title: 'Longest under water', unit: 'bars', definition: 'longest run of bars with dd < 0' },
  calmar: { title: 'Calmar', unit: 'ratio', definition: 'cagr / abs(max_drawdown), whole period' },
  ulcer_index: { title: 'Ulcer index', unit: 'fraction', definition: 'sqrt(sum(dd^2) / (n - 1)), dd of periods' },
  recovery_factor: { title: 'Recovery factor', unit: 'ratio', definition: 'total_return / abs(max_drawdown)' },
  omega: { title: 'Omega', unit: 'ratio', definition: 'sum(max(r, 0)) / abs(sum(min(r, 0)))' },
  skewness: { title: 'Skewness', unit: 'ratio', definition: 'third standardised moment of r, population' },
  excess_kurtosis: { title: 'Excess kurtosis', unit: 'ratio', definition: 'fourth standardised moment of r, population, - 3' },
  value_at_risk_95: { title: 'VaR 95 %', unit: 'fraction', definition: '5th percentile of r, linear interpolation' },
  conditional_value_at_risk_95: { title: 'CVaR 95 %', unit: 'fraction', definition: 'mean of r <= value_at_risk_95' },
  tail_ratio: { title: 'Tail ratio', unit: 'ratio', definition: 'abs(95th percentile of r) / abs(5th percentile of r)' },
  probabilistic_sharpe: {
    title: 'Probabilistic Sharpe',
    unit: 'fraction',
    definition: 'Phi(SR * sqrt(n - 1) / sqrt(1 - skew * SR + (kurt - 1) / 4 * SR^2)), SR per period, kurt not in excess',
  },
  exposure: { title: 'Exposure', unit: 'fraction', definition: 'share of bars with a position at the close' },
  turnover: { title: 'Turnover', unit: 'per year', definition: 'sum(abs(quantity) * price of fills) / 2 / mean(E), per year' },
  trades: { title: 'Trades', unit: 'count', definition: 'closed positions, from the first fill until flat' },
  win_rate: { title: 'Win rate', unit: 'fraction', definition: 'closed trades with net profit > 0 / all closed trades' },
  profit_factor: { title: 'Profit factor', unit: 'ratio', definition: 'sum of net wins / abs(sum of net losses), in money' },
  expectancy: { title: 'Expectancy', unit: 'money', definition: 'mean net profit a trade' },
  expectancy_r: {
    title: 'Expectancy in R',
    unit: 'R',
    definition: 'mean of net profit / distance to the first stop, trades with a stop',
  },
  average_win: { title: 'Average win', unit: 'money', definition: 'mean net profit of trades that won' },
  average_loss: { title: 'Average loss', unit: 'money', definition: 'mean net profit of trades that lost' },
  sqn: { title: 'SQN', unit: 'ratio', definition: 'sqrt(N) * mean(profit) / sd(profit, ddof 1) over N trades' },
  kelly: {
    title: 'Kelly',
    unit: 'fraction',
    definition: 'p - (1 - p) / (average win / average loss) over trades, p their win rate',
  },
  fees: { title: 'Fees', unit: 'money', definition: 'sum over all fills' },
  slippage: { title: 'Slippage', unit: 'money', definition: 'sum over all fills of abs(price - price before slippage) * quantity' },
  funding: { title: 'Funding', unit: 'money', definition: 'sum of funding payments; below 0 is paid' },
  beta: { title: 'Beta', unit: 'ratio', definition: 'cov(r, b) / var(b), b returns of the benchmark' },
  alpha: { title: 'Alpha', unit: 'fraction', definition: '(mean(r) - beta * mean(b)) * P, arithmetic' },
  alpha_geometric: { title: 'Alpha, geometric', unit: 'fraction', definition: '(1 + mean(r - beta * b))^P - 1' },
  correlation: { title: 'Correlation', unit: 'ratio', definition: "Pearson's, of r and b" },
  tracking_error: { title: 'Tracking error', unit: 'fraction', definition: 'sd(r - b, ddof 1) * sqrt(P)' },
  information_ratio: { title: 'Information ratio', unit: 'ratio', definition: 'mean(r - b) / sd(r - b, ddof 1) * sqrt(P)' },
} as const satisfies Record<string, Definition>

export type MetricName = keyof typeof DEFINITIONS
