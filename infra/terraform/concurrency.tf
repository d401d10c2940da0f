# Concurrency of each function, so that requests to an open API cannot prevent score and train from starting.

locals {
  # Executions that AWS keeps for functions without a reservation.
  unreservable = 100

  # Executions that each function needs, and its limit where they are reserved.
  required_concurrency = {
    # Each instance limits its own rate, so a source receives at most this multiple of the rate.
    ingest = 2
    # Each series has its own training schedule and alerts.
    train = max(2, length(local.series))
    # One for new bars of each symbol and interval, and one for a retry.
    score = max(2, 2 * length(local.symbol_intervals))
    # 20 requests per second of 10 ms need one instance. A burst without warm instances needs one for each request.
    predict = 40
    # 32 writers of one run, and searches beside them.
    track = 40
  }

  # All functions or none: reservations for some would reduce the pool that the others share.
  has_reservations = var.account_concurrency - sum(values(local.required_concurrency)) >= local.unreservable

  # Null: the function uses the shared pool of the account.
  reserved_concurrency = { for name, required in local.required_concurrency : name => try(
    coalesce(try(var.function_settings[name].reserved_concurrency, null), local.has_reservations ? required : null), null,
  ) }

  # Executions that predict can use without taking those of other functions. Without reservations the gateway limits it to
  # half of the pool.
  api_concurrency = coalesce(local.reserved_concurrency.predict, max(1, floor(var.account_concurrency / 2)))

  throttle = {
    rate_per_second = coalesce(var.throttle.rate_per_second, max(1, min(20, local.api_concurrency)))
    burst           = coalesce(var.throttle.burst, max(1, min(40, local.api_concurrency)))
    compute         = var.throttle.compute
  }
}
