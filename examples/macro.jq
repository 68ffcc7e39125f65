# Closes beside what was known of interest rates then, one line a day. Input: candles with macro values.
# Run: mts db export --combined --coins bitcoin --interval 1h --format ndjson | jq -scf examples/macro.jq
group_by(.date_str)[]
| sort_by(.timestamp)[-1]
| [.date_str, .close, .DGS10, .DFF]
