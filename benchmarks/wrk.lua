-- Random requests of a prepared file: a line is a token (or "-"), a tab and a JSON body, in which
-- @DATE@ becomes a new day each time, of the next ten years: nothing is moved into the past.
local lines, year = {}, tonumber(os.date("%Y"))
local path = os.getenv("BENCH_PATH")

init = function()
  math.randomseed(os.time())
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local tab = line:find("\t", 1, true)
    local token, body = line:sub(1, tab - 1), line:sub(tab + 1)
    local headers = { ["content-type"] = "application/json" }
    if token ~= "-" then headers["authorization"] = "Bearer " .. token end
    local dated = body:find("@DATE@", 1, true) ~= nil
    lines[#lines + 1] = dated and { headers = headers, body = body }
      or { text = wrk.format("POST", path, headers, body) }
  end
end

request = function()
  local line = lines[math.random(#lines)]
  if line.text then return line.text end
  local day = string.format("%d-%02d-%02d", year + math.random(10), math.random(12), math.random(28))
  return wrk.format("POST", path, line.headers, (line.body:gsub("@DATE@", day)))
end

done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %f %f %d %d\n", summary.requests, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout))
end
