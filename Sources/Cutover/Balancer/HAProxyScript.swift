/// What HAProxy 2.6 lacks, in its own Lua: requests that wait, and the epoch of who may change a backend.
///
/// Requests wait because of a hold, and where no server is well: one that is merely slow to answer its check, or an instance that a swap
/// puts back, may be well in a moment, and a request that's refused is lost. They're refused after ``patience``.
///
/// Both are kept in the process, by the backend's name, and come from the environment that the configuration sets when
/// it starts: `HARDTACK_<backend>` is the epoch, the wall clock at the hold's end and the longest time of the hold (0 0
/// for none), in milliseconds. A hold is counted by HAProxy's own clock, which no change of the wall clock bears on.
///
/// The script touches no server: HAProxy lets none be deleted that a Lua script has had in hand.
enum HAProxyScript {
  static let name = "hardtack.lua"

  /// In seconds: how long a request waits for a server that is well.
  static let patience = 30

  /// A request that waits looks every 2 ms whether it may go on; where many wait, more rarely, up to 50 ms, so that
  /// thousands of them cost little and don't all arrive in one moment.
  static let text = """
    -- Written by hardtack.
    if hardtack then return end
    hardtack = {}

    local function now()
      local time = core.now()
      return time.sec * 1000 + time.usec // 1000
    end

    local function state(backend)
      local found = hardtack[backend]
      if not found then
        found = { epoch = 0, deadline = 0, waiting = 0 }
        hardtack[backend] = found
      end
      return found
    end

    core.register_action("hardtack-hold", { "http-req" }, function(transaction)
      local backend = transaction.f:be_name()
      local here = state(backend)
      local start = now()
      here.waiting = here.waiting + 1
      while here.deadline > now()
        or (transaction.f:nbsrv(backend) == 0 and now() - start < \(patience * 1000)) do
        core.msleep(math.min(50, 2 + here.waiting // 20))
      end
      here.waiting = here.waiting - 1
    end)

    local function command(name, usage, change)
      core.register_cli({ "hardtack", name }, "hardtack " .. name .. usage,
        function(applet, _, _, backend, epoch, value)
          local here = state(backend or "")
          epoch = math.tointeger(tonumber(epoch)) or -1
          if change and epoch < here.epoch then
            applet:send("refused\\n")
          elseif change then
            change(here, epoch, math.tointeger(tonumber(value)) or 0)
          end
          applet:send(string.format("epoch %d\\nhold %d\\nwaiting %d\\n",
            here.epoch, math.max(0, here.deadline - now()), here.waiting))
        end)
    end

    command("status", " BACKEND", nil)
    command("claim", " BACKEND EPOCH", function(here, epoch) here.epoch = epoch end)
    command("hold", " BACKEND EPOCH MILLISECONDS", function(here, _, limit) here.deadline = now() + limit end)
    command("release", " BACKEND EPOCH", function(here) here.deadline = 0 end)

    core.register_init(function()
      for name in pairs(core.backends) do
        local epoch, ends, limit = (os.getenv("HARDTACK_" .. name) or ""):match("^(%d+) (%d+) (%d+)$")
        if epoch then
          local here = state(name)
          here.epoch = math.tointeger(tonumber(epoch))
          local left = math.tointeger(tonumber(ends)) - os.time() * 1000
          left = math.min(left, math.tointeger(tonumber(limit)))
          if left > 0 then here.deadline = now() + left end
        end
      end
    end)

    """
}
