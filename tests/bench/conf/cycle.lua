-- Goes round the request paths in the file $BENCH_PATHS; prints one JSON line at the end.
-- A line is a path, or a path, a space and an entity tag to send as If-None-Match.
local requests, at = {}, 0
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
function init()
  for line in io.lines(os.getenv("BENCH_PATHS")) do
    local path, tag = line:match("^(%S+)%s*(.*)$")
    local headers = { ["Accept-Encoding"] = "gzip" }
    if tag ~= "" then headers["If-None-Match"] = tag end
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
  at = math.floor(#requests * number / 2) -- the two threads start at different places
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format('JSON {"requests":%d,"us":%d,"bytes":%d,"p50":%d,"p99":%d,"max":%d,"errors":%d}',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99), latency.max,
    e.status + e.connect + e.read + e.write + e.timeout))
end
