/**
 * The main coins under the three names that people use. In the database a coin is its CoinGecko id, whatever the source, so
 * that one question finds all of them. Tickers are not unique in the world; these are the ones meant by them.
 */
import { nearest } from '../errors.js'

export interface Coin {
  /** CoinGecko's id. */
  readonly id: string
  /** As exchanges name it. */
  readonly ticker: string
  readonly name: string
}

const TABLE = `
bitcoin BTC Bitcoin
ethereum ETH Ethereum
tether USDT Tether
ripple XRP XRP
binancecoin BNB BNB
solana SOL Solana
usd-coin USDC USDC
dogecoin DOGE Dogecoin
tron TRX TRON
cardano ADA Cardano
hyperliquid HYPE Hyperliquid
chainlink LINK Chainlink
stellar XLM Stellar
bitcoin-cash BCH Bitcoin Cash
sui SUI Sui
avalanche-2 AVAX Avalanche
hedera-hashgraph HBAR Hedera
litecoin LTC Litecoin
leo-token LEO LEO Token
monero XMR Monero
shiba-inu SHIB Shiba Inu
the-open-network TON Toncoin
polkadot DOT Polkadot
zcash ZEC Zcash
dai DAI Dai
uniswap UNI Uniswap
aave AAVE Aave
bittensor TAO Bittensor
near NEAR NEAR Protocol
pepe PEPE Pepe
ethereum-classic ETC Ethereum Classic
aptos APT Aptos
internet-computer ICP Internet Computer
ondo-finance ONDO Ondo
polygon-ecosystem-token POL Polygon
arbitrum ARB Arbitrum
cosmos ATOM Cosmos Hub
filecoin FIL Filecoin
algorand ALGO Algorand
vechain VET VeChain
render-token RENDER Render
optimism OP Optimism
injective-protocol INJ Injective
worldcoin-wld WLD Worldcoin
celestia TIA Celestia
sei-network SEI Sei
bonk BONK Bonk
dogwifcoin WIF dogwifhat
floki FLOKI FLOKI
`

export const COINS: readonly Coin[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [id = '', ticker = '', ...name] = line.split(' ')
    return { id, ticker, name: name.join(' ') }
  })

const BY_NAME = new Map<string, Coin>()
// An id is unique, so it wins over another coin's name or ticker.
for (const property of ['name', 'ticker', 'id'] as const) for (const coin of COINS) BY_NAME.set(coin[property].toLowerCase(), coin)

/** The coin of an id, ticker or name, in any case; `undefined` where the table has none, which CoinGecko may still know. */
export function coinOf(text: string): Coin | undefined {
  return BY_NAME.get(text.trim().toLowerCase())
}

/** Ids of the coins whose id, ticker or name is nearest to `text`, best first. */
export function nearestCoins(text: string): string[] {
  const ids = nearest(text, BY_NAME.keys(), 6).flatMap((name) => coinOf(name)?.id ?? [])
  return [...new Set(ids)].slice(0, 3)
}
