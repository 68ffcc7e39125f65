/**
 * The ledger of requests in Redis: one hash for a service, with a field for each process (what it spent), `*` (what the exchange counted
 * beyond that) and `!` (the ban). It says what `createBudgetWindow` says, by the server's clock, in one step.
 *
 * KEYS[1]: the hash. ARGV: the process, its statement, the rules of the budgets (JSON). Gives a verdict as JSON.
 */
export const BUDGET_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key, process = KEYS[1], ARGV[1]
local statement, rules = cjson.decode(ARGV[2]), cjson.decode(ARGV[3])

local longest = 0
for _, rule in pairs(rules) do longest = math.max(longest, rule.windowMs) end

local function window(rule, at) return math.floor((at - rule.skewMs) / rule.windowMs) end
local function begin(rule)
  if rule.isAligned then return window(rule, now) * rule.windowMs - rule.skewMs end
  return now - rule.windowMs - rule.skewMs
end

local function recent(spent)
  local kept = {}
  for budget, list in pairs(spent) do
    local from, of = rules[budget] and begin(rules[budget]) or now - longest, {}
    for _, each in ipairs(list) do
      if each[1] >= from then of[#of + 1] = each end
    end
    if #of > 0 then kept[budget] = of end
  end
  return kept
end

local own, unknown, ban, others = {}, {}, nil, {}
for budget, list in pairs(statement.own) do
  own[budget] = {}
  for _, each in ipairs(list) do table.insert(own[budget], { now - each.agoMs, each.weight }) end
end
own = recent(own)
local fields = redis.call('HGETALL', key)
-- Granted, and the process did not know it yet when it said what it spent.
local function unsettled(spent)
  for budget, list in pairs(recent(spent)) do
    for _, each in ipairs(list) do
      if (each[3] or 0) > statement.settled then
        own[budget] = own[budget] or {}
        table.insert(own[budget], each)
      end
    end
  end
end
for i = 1, #fields, 2 do
  local name, value = fields[i], cjson.decode(fields[i + 1])
  if name == '!' then ban = value
  elseif name == '*' then unknown = recent(value)
  elseif name == process then unsettled(value)
  else
    local left = recent(value)
    if next(left) then others[#others + 1] = left else redis.call('HDEL', key, name) end
  end
end

local function all(budget)
  local list = {}
  for _, spent in ipairs(others) do
    for _, each in ipairs(spent[budget] or {}) do list[#list + 1] = each end
  end
  for _, each in ipairs(own[budget] or {}) do list[#list + 1] = each end
  for _, each in ipairs(unknown[budget] or {}) do list[#list + 1] = each end
  return list
end
local function total(list)
  local sum = 0
  for _, each in ipairs(list) do sum = sum + each[2] end
  return sum
end
local function spend(spent, budget, at, weight, number)
  spent[budget] = spent[budget] or {}
  table.insert(spent[budget], { at, weight, number })
end

for _, report in ipairs(statement.reports) do
  local rule = rules[report.budget]
  local isPresent = not rule.isAligned or window(rule, now - report.agoMs) == window(rule, now)
  local more = report.used - total(all(report.budget))
  if isPresent and more > 0 then
    spend(unknown, report.budget, rule.isAligned and window(rule, now) * rule.windowMs or now, more)
  end
end

if ban and ban.ends > now + ban.lengthMs then ban.ends = now + ban.lengthMs end
local said = statement.ban
-- What was told from here comes back a little later each time.
if said and (not ban or now + said.leftMs > ban.ends + 1000) then
  ban = { ends = now + said.leftMs, lengthMs = said.lengthMs, factor = said.factor, reason = said.reason }
end
if ban and now > ban.ends + ban.lengthMs then
  ban = nil
  redis.call('HDEL', key, '!')
end

local wait, wants = 0, statement.wants
if wants then
  local rule, list = rules[wants.budget], all(wants.budget)
  local excess = total(list) + wants.weight - math.max(rule.capacity, wants.weight)
  if ban and ban.ends > now then
    wait = ban.ends - now
  elseif excess <= 0 then
    spend(own, wants.budget, now, wants.weight, wants.number)
  elseif rule.isAligned then
    wait = (window(rule, now) + 1) * rule.windowMs + rule.skewMs - now
  else
    table.sort(list, function(a, b) return a[1] < b[1] end)
    wait = rule.windowMs
    local freed = 0
    for _, each in ipairs(list) do
      freed = freed + each[2]
      if freed >= excess then
        wait = each[1] + rule.windowMs + rule.skewMs + 1 - now
        break
      end
    end
  end
end

if next(own) then redis.call('HSET', key, process, cjson.encode(own)) else redis.call('HDEL', key, process) end
if next(unknown) then redis.call('HSET', key, '*', cjson.encode(unknown)) else redis.call('HDEL', key, '*') end
if ban then redis.call('HSET', key, '!', cjson.encode(ban)) end
redis.call('PEXPIRE', key, math.max(2 * longest, ban and ban.ends - now + ban.lengthMs or 0))

local spent = {}
for budget in pairs(rules) do
  local list = {}
  for _, each in ipairs(all(budget)) do list[#list + 1] = { agoMs = now - each[1], weight = each[2] } end
  if #list > 0 then spent[budget] = list end
end
local verdict = { waitMs = wait, spent = spent }
if ban then verdict.ban = { leftMs = ban.ends - now, lengthMs = ban.lengthMs, factor = ban.factor, reason = ban.reason } end
return cjson.encode(verdict)
`
