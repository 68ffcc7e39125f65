# The widest spread of each book that passes by, and how often it was seen. Input: the lines of a stream.
# Run: mts stream --sandbox --channels book --duration 2s | jq -ncf examples/books.jq
reduce (inputs | select(.type == "spread")) as $row ({};
  ($row.exchange + " " + $row.symbol) as $book
  | .[$book] |= { samples: ((.samples // 0) + 1), widest_bps: ([.widest_bps // 0, $row.spread_bps] | max) })
| to_entries[]
| [.key, .value.samples, .value.widest_bps]
