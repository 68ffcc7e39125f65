import type { Exchange } from '../../exchanges/contract.js'
import type { Channel } from '../../market/event.js'
import { type CanarySettings, listen, type Song } from './canary.js'
import { type ExchangeCheck, type Finding, finding } from './contract.js'

/** Of the busiest instrument these speak several times a second; the later ones stand in where a socket carries none of the first. */
const WANTED: readonly Channel[] = ['book', 'trades']
const STAND_INS: readonly Channel[] = ['funding', 'ticker']

/** One canary on each class of socket at once. */
export const checkCanaries: ExchangeCheck = async (exchange, world, { canaryMs }) => {
  const songs = await Promise.all(canariesOf(exchange, canaryMs).map((settings) => listen(exchange, world, settings)))
  return songs.map((song) => judge(exchange, song, canaryMs))
}

function canariesOf(exchange: Exchange, waitMs: number): CanarySettings[] {
  const byClass = new Map<string, { topics: string[]; channels: Channel[] }>()
  const take = (channel: Channel, isStandIn: boolean): void => {
    if (exchange.channels[channel] === undefined || exchange.channels[channel].poll !== undefined) return
    const taken = new Set(isStandIn ? byClass.keys() : [])
    const topics = exchange.stream.topics({ channel, symbol: exchange.symbols.main('BTC') })
    for (const { name, socket } of topics.filter((topic) => !taken.has(topic.socket))) {
      const canary = byClass.get(socket) ?? { topics: [], channels: [] }
      byClass.set(socket, canary)
      canary.topics.push(name)
      if (!canary.channels.includes(channel)) canary.channels.push(channel)
    }
  }
  for (const channel of WANTED) take(channel, false)
  for (const channel of STAND_INS) take(channel, true)
  return [...byClass].map(([socketClass, canary]) => ({ socketClass, waitMs, ...canary }))
}

function judge({ id }: Exchange, song: Song, canaryMs: number): Finding {
  const { socketClass, url, channels, openedMs, acknowledgedMs, firstMs, refusal } = song
  const first = Object.fromEntries(channels.map((channel) => [`first_${channel}_ms`, firstMs.get(channel) ?? null]))
  const figures = { socket: socketClass, url, openedMs, acknowledgedMs, ...first, unknown: song.unknown }
  const silent = channels.filter((channel) => !firstMs.has(channel))
  const details = (advice: string | null) => ({ exchange: id, advice, figures })
  if (openedMs === null) {
    const advice = 'Is the network up, and is the address right? `mts config` shows it'
    return finding('canary', 'failure', `${socketClass}: cannot connect: ${refusal ?? 'stopped'}`, details(advice))
  }
  if (refusal !== null) return finding('canary', 'failure', `${socketClass}: refused: ${refusal}`, details('Look for a newer mts'))
  if (silent.length > 0) {
    const acknowledged = acknowledgedMs === null ? 'not acknowledged, and' : 'acknowledged, but'
    const message = `${socketClass}: ${acknowledged} no ${silent.join(', no ')} in ${canaryMs / 1000} s`
    return finding('canary', 'failure', message, details(`Is ${url} the right address for ${silent.join(' and ')}?`))
  }
  const heard = channels.map((channel) => `${channel} after ${firstMs.get(channel)} ms`)
  return finding('canary', 'ok', `${socketClass}: connected in ${openedMs} ms, first ${heard.join(', ')}`, details(null))
}
