import { describe, expect, it } from 'vitest'
import { settingsFiles } from '../../../../src/core/cli/strategies/settings-files.js'
import { ConfigError } from '../../../../src/core/errors.js'
import { BOOK_STRATEGIES } from '../../../../src/core/strategies/book-registry.js'
import type { Parametrised } from '../../../../src/core/strategies/parameters.js'
import { STRATEGIES } from '../../../../src/core/strategies/registry.js'
import { checkSettingsFiles, type SettingsFile, settingsOfStrategy } from '../../../../src/core/strategies/settings.js'
import { smaCross } from '../../../../src/core/strategies/sma-cross.js'
import { TRIGGERS } from '../../../../src/core/strategies/triggers.js'

const file = (values: unknown, name = 'sma_cross'): SettingsFile => ({
  file: `config/strategies/${name}.json`,
  text: typeof values === 'string' ? values : JSON.stringify(values),
})
const sma = (...values: unknown[]) =>
  settingsOfStrategy(
    smaCross,
    values.map((each) => file(each)),
  )

function settingsOfAll(files: readonly SettingsFile[], strategies: readonly Parametrised[]) {
  checkSettingsFiles(
    files,
    strategies.map(({ name }) => name),
  )
  return strategies.map((strategy) => settingsOfStrategy(strategy, files))
}

function refusal(...files: SettingsFile[]): string {
  try {
    settingsOfAll(files, STRATEGIES)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.exitCode).toBe(78)
    return `${error.code} ${error.message} ${error.suggestions.join(' ')}`
  }
  return 'accepted'
}

describe('the settings of a strategy', () => {
  it('are the defaults of mts with what the user changed over them, key by key', () => {
    const settings = sma(
      { assets: ['bitcoin'], fast: 5, risk_management: { stop_loss: 0.05, max_drawdown: 0.2 } },
      {
        fast: 7,
        assets: ['ETH', 'eth', 'Binancecoin'],
        risk_management: { stop_loss: null },
        enabled: false,
        min_confidence: 0.4,
        signal_weight: 2,
      },
    )
    expect(settings).toEqual({
      name: 'sma-cross',
      enabled: false,
      assets: ['ethereum', 'binancecoin'],
      minConfidence: 0.4,
      signalWeight: 2,
      risk: { maxPortfolioRisk: null, volatilityAdjustment: false, maxDrawdown: 0.2, stopLoss: null },
      parameters: { fast: 7, slow: 30, short: false },
    })
  })

  it('may name a nested key by its last part, and no key twice', () => {
    expect(sma({ stop_loss: 0.05 }).risk.stopLoss).toBe(0.05)
    expect(refusal(file({ stop_loss: 0.05, risk_management: { stop_loss: 0.04 } }))).toMatch(/CONFIG_BAD_VALUE.*given twice/)
  })

  it.each<[string, SettingsFile, RegExp]>([
    ['an unknown key', file({ fsat: 3 }), /CONFIG_UNKNOWN_KEY config\/strategies\/sma_cross\.json.*fsat.*fast/],
    [
      'an unknown nested key',
      file({ risk_management: { stop_los: 1 } }),
      /CONFIG_UNKNOWN_KEY.*risk_management\.stop_los.*risk_management\.stop_loss/,
    ],
    ['an unknown strategy', file({}, 'sma_corss'), /CONFIG_UNKNOWN_STRATEGY.*sma_corss\.json.*sma-cross/],
    ['a parameter out of its range', file({ fast: 0 }), /CONFIG_BAD_VALUE.*fast cannot be 0.*1 to 5000 bars/],
    ['a rule between parameters', file({ fast: 50 }), /CONFIG_BAD_VALUE.*fast \(50\) has to be smaller/],
    [
      'a limit out of its range',
      file({ risk_management: { max_drawdown: 15 } }),
      /CONFIG_BAD_VALUE.*max_drawdown cannot be 15.*fraction/,
    ],
    ['a confidence out of its range', file({ min_confidence: -1 }), /CONFIG_BAD_VALUE.*min_confidence/],
    ['a weight of nothing', file({ signal_weight: 0 }), /CONFIG_BAD_VALUE.*signal_weight cannot be 0.*0\.01 to 100/],
    [
      'what is said to the namesake on a feed',
      file({ live: { volume_ratio: -1 } }, 'volume_spike'),
      /CONFIG_BAD_VALUE.*live\.volume_ratio cannot be -1/,
    ],
    ['a number in quotes', file({ fast: '7' }), /CONFIG_BAD_VALUE.*fast cannot be \\?"7.*without quotes/],
    ['a parameter that is null', file({ fast: null }), /CONFIG_BAD_VALUE.*fast cannot be null/],
    ['what is no coin', file({ assets: ['bit coin'] }), /CONFIG_BAD_VALUE.*bit coin.*bitcoin/],
    ['a list where a switch is wanted', file({ enabled: 'yes' }), /CONFIG_BAD_VALUE.*true or false/],
    ['another name inside', file({ name: 'buyhold' }), /CONFIG_BAD_VALUE.*buyhold.*sma-cross/],
    ['no JSON', file('{'), /CONFIG_FILE_INVALID/],
    ['a list', file('[]'), /CONFIG_FILE_INVALID.*no JSON object/],
  ])('refuse %s, naming file, key and what may be said', (_, given, said) => {
    expect(refusal(given)).toMatch(said)
  })
})

describe('the files that come with mts', () => {
  const ALL = [...STRATEGIES, ...BOOK_STRATEGIES]
  const shipped = settingsFiles('/nonexistent')

  it('name every strategy once, those on bars and their namesakes on a feed in one file', () => {
    const names = new Set([...ALL, ...TRIGGERS].map(({ name }) => name))
    expect(shipped.map((each) => settingsNamed(each)).toSorted()).toEqual([...names].toSorted())
  })

  it('say of every parameter what the program says, so that nothing changes for who has none', () => {
    const every = [...ALL, ...TRIGGERS]
    for (const [i, { name, parameters }] of settingsOfAll(shipped, every).entries()) {
      const strategy = every[i]
      const written = JSON.stringify(shipped.find((each) => settingsNamed(each) === name)?.text)
      for (const [key, parameter] of Object.entries(strategy?.parameters ?? {})) {
        expect(parameters[key], `${name} ${key}`).toBe(parameter.default)
        expect(written, `${name} names ${key}`).toContain(key.split('.').at(-1))
      }
    }
  })

  const settingsNamed = ({ text }: SettingsFile): unknown => JSON.parse(text).name
})
