# The change of each coin over all bars given, its highest high and its lowest low. Input: one bar a line.
# Run: mts db export --table crypto_ohlcv --interval 1h --format ndjson | jq -scf examples/trend.jq
group_by([.source, .cryptocurrency])[]
| sort_by(.timestamp)
| {
    source: .[0].source,
    coin: .[0].cryptocurrency,
    from: (.[0].timestamp / 1000 | todate),
    bars: length,
    change: ((.[-1].close / .[0].open - 1) * 10000 | round / 10000),
    high: (map(.high) | max),
    low: (map(.low) | min)
  }
