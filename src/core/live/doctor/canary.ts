import type { Timer } from '../../clock.js'
import type { Exchange, FrameSink } from '../../exchanges/contract.js'
import type { Channel } from '../../market/event.js'
import type { Socket } from '../../net/contract.js'
import type { DoctorWorld } from './contract.js'

/** What a subscription on one class of socket brought. Times in ms since the connection was asked for. */
export interface Song {
  readonly socketClass: string
  readonly url: string
  readonly channels: readonly Channel[]
  openedMs: number | null
  acknowledgedMs: number | null
  /** Of each channel's first data. */
  readonly firstMs: Map<Channel, number>
  /** The exchange's words, or the network's. */
  refusal: string | null
  unknown: number
}

export interface CanarySettings {
  readonly socketClass: string
  readonly topics: readonly string[]
  readonly channels: readonly Channel[]
  readonly waitMs: number
}

/**
 * Subscribes on one socket and listens until every channel has brought data, the exchange refuses, or `waitMs` have passed
 * since the socket opened. An acknowledgement alone proves nothing. Never rejects.
 */
export function listen(exchange: Exchange, world: DoctorWorld, settings: CanarySettings): Promise<Song> {
  const { socketClass, topics, channels, waitMs } = settings
  const { clock, sockets, signal } = world
  const url = world.endpoints(exchange).sockets[socketClass] ?? ''
  const song: Song = {
    socketClass,
    url,
    channels,
    openedMs: null,
    acknowledgedMs: null,
    firstMs: new Map(),
    refusal: null,
    unknown: 0,
  }
  const startedAt = clock.nanos()
  const elapsed = (): number => Math.round((clock.nanos() - startedAt) / 1e6)
  const decode = exchange.stream.decoder()
  return new Promise((resolve) => {
    let socket: Socket | undefined
    let deadline: Timer | undefined
    const end = (): void => {
      deadline?.cancel()
      signal.removeEventListener('abort', end)
      socket?.close()
      resolve(song)
    }
    const sink = sinkOf(song, elapsed)
    socket = sockets.open(url, {
      onOpen: () => {
        song.openedMs = elapsed()
        deadline = clock.after(waitMs, end)
        for (const text of messages(exchange, topics)) socket?.send(text)
      },
      onFrame: (frame) => {
        decode(frame, sink)
        if (song.refusal !== null || channels.every((channel) => song.firstMs.has(channel))) end()
      },
      onClose: (code, reason, error) => {
        song.refusal ??= isDone(song) ? null : (error?.message ?? `closed with code ${code} ${reason}`.trimEnd())
        end()
      },
    })
    signal.addEventListener('abort', end)
  })
}

function isDone({ channels, firstMs }: Song): boolean {
  return channels.every((channel) => firstMs.has(channel))
}

function messages({ stream, sockets }: Exchange, topics: readonly string[]): string[] {
  const texts: string[] = []
  for (let i = 0; i < topics.length; i += sockets.topicsPerMessage) {
    texts.push(stream.subscribe(topics.slice(i, i + sockets.topicsPerMessage), texts.length + 1))
  }
  return texts
}

/** Notes the first data of each channel. */
function sinkOf(song: Song, elapsed: () => number): FrameSink {
  const heard = (channel: Channel) => (): void => {
    if (!song.firstMs.has(channel)) song.firstMs.set(channel, elapsed())
  }
  return {
    book: heard('book'),
    trade: heard('trades'),
    ticker: heard('ticker'),
    funding: heard('funding'),
    openInterest: heard('open-interest'),
    liquidation: heard('liquidations'),
    candle: heard('candles'),
    control: (control) => {
      if (control.kind === 'rejected' && !control.isDuplicate) song.refusal = control.message
      if (control.kind === 'subscribed') song.acknowledgedMs ??= elapsed()
    },
    unknown: () => {
      song.unknown += 1
    },
    remark: () => undefined,
  }
}
