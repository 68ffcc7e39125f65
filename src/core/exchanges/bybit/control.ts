/**
 * Answers to what we sent. A refused batch names one topic; none of its topics is then subscribed.
 * https://bybit-exchange.github.io/docs/v5/ws/connect
 */
import type { Control } from '../contract.js'
import type { WireRecord } from './ticker.js'

/** What an answer tells; `undefined` when it is none that we know. */
export function readControl(frame: WireRecord): readonly Control[] | undefined {
  const id = messageId(frame['req_id'])
  const op = frame['op']
  const message = typeof frame['ret_msg'] === 'string' ? frame['ret_msg'] : ''
  if (op === 'pong') return [{ kind: 'pong', id }]
  if (frame['type'] === 'COMMAND_RESP') return readCommandResponse(frame, id)
  if (frame['success'] === false) return [rejected(id, message)]
  if (frame['success'] !== true) return undefined
  if (op === 'subscribe') return [{ kind: 'subscribed', id }]
  if (op === 'unsubscribe') return [{ kind: 'unsubscribed', id }]
  // The linear stream answers a ping with op `ping` and the message `pong`.
  return op === 'ping' && message === 'pong' ? [{ kind: 'pong', id }] : undefined
}

/** The options' and spreads' form: it names each topic that failed. */
function readCommandResponse(frame: WireRecord, id: number | undefined): readonly Control[] | undefined {
  const data = frame['data']
  if (typeof data !== 'object' || data === null) return undefined
  const { failTopics, successTopics } = data as WireRecord
  if (!isTexts(failTopics) || !isTexts(successTopics)) return undefined
  const failed = failTopics.map((topic): Control => ({ kind: 'rejected', id, message: 'failed', topic, isDuplicate: false }))
  const isSubscribed = successTopics.length > 0 || (failed.length === 0 && frame['success'] === true)
  return isSubscribed ? [{ kind: 'subscribed', id }, ...failed] : failed.length > 0 ? failed : [rejected(id, 'failed')]
}

function rejected(id: number | undefined, message: string): Control {
  const topic = /topic:\s*([^\s,]+)/.exec(message)?.[1]
  return { kind: 'rejected', id, message, topic, isDuplicate: /already subscribed/i.test(message) }
}

/** We send our number as text; the echo is `""` or missing when there was none. */
function messageId(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
