/** The simulated exchanges as a process of their own, with more instruments than usual: `market.mjs ASSETS`; tells the environment of its clients. */
import { built } from '../lib.mjs'

const { startSandbox } = await built('core/sandbox/index.js')
const { systemClock } = await built('core/net/system-clock.js')

const sandbox = await startSandbox({ clock: systemClock(), port: 0, seed: 42, speed: 1, extraAssets: Number(process.argv[2]) })
const env = {}
for (const [id, { rest, sockets }] of Object.entries(sandbox.urls)) {
  const prefix = `MTS_EXCHANGES__${id.toUpperCase().replaceAll('-', '_')}__`
  env[`${prefix}REST_URL`] = rest
  for (const [name, url] of Object.entries(sockets)) env[`${prefix}${name.toUpperCase()}_URL`] = url
}
process.send(env)
process.on('disconnect', () => process.exit())
