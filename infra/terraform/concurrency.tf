# Who may run how often at once: so that no number of requests to the open API keeps score and train from starting.

locals {
  # AWS keeps as many of an account's executions for functions without a reservation, and refuses one that takes of these.
  unreservable = 100

  # What each function needs at once, and at most gets where it is reserved.
  wanted_concurrency = {
    # Each instance paces a source by itself, so as many times the pace is what a source sees at most.
    ingest = 2
    # Each series trains by its own schedule and by its own alerts.
    train = max(2, length(local.series))
    # A market's bars come with its schedule, and an alert's redelivery beside it.
    score = max(2, 2 * length(local.symbol_intervals))
    # Some 20 requests a second of 10 ms need one; a burst that meets no warm instance needs as many as it has requests.
    predict = 40
  }

  # All or nothing: reserving for some would leave the others a smaller pool to be starved in.
  reserves = var.account_concurrency - sum(values(local.wanted_concurrency)) >= local.unreservable

  # Null is the account's shared pool.
  reserved_concurrency = { for name, wanted in local.wanted_concurrency : name => try(
    coalesce(try(var.function_settings[name].reserved_concurrency, null), local.reserves ? wanted : null), null,
  ) }

  # What predict can have without taking what the others need. Where nothing is reserved only the gateway holds it back, and
  # half of the pool stays for the others.
  api_concurrency = coalesce(local.reserved_concurrency.predict, max(1, floor(var.account_concurrency / 2)))

  throttle = {
    rate_per_second = coalesce(var.throttle.rate_per_second, max(1, min(20, local.api_concurrency)))
    burst           = coalesce(var.throttle.burst, max(1, min(40, local.api_concurrency)))
    compute         = var.throttle.compute
  }
}
