# Requests to an open API cannot prevent score and train from starting.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "a_new_account_has_a_throttle_and_no_reservations" {
  assert {
    condition     = alltrue([for function in module.function : function.reserved_concurrency == -1])
    error_message = "Nothing must be reserved in an account of 10 executions; AWS refuses it."
  }

  assert {
    condition     = output.concurrency.throttle.rate_per_second == 5 && output.concurrency.throttle.burst == 5
    error_message = "The API must be throttled to half of the account's executions."
  }
}

run "a_high_account_limit_reserves_for_each_function" {
  variables {
    account_concurrency = 1000
  }

  assert {
    condition     = { for name, function in module.function : name => function.reserved_concurrency } == { ingest = 2, train = 4, score = 4, predict = 40, track = 40 }
    error_message = "Each function must have its reserved concurrency."
  }

  assert {
    condition     = output.concurrency.throttle.rate_per_second == 20 && output.concurrency.throttle.burst == 40
    error_message = "The API must have the default throttle."
  }
}

run "reservations_start_at_190_executions" {
  variables {
    account_concurrency = 190
  }

  assert {
    condition     = sum([for function in module.function : function.reserved_concurrency]) == 90
    error_message = "90 executions must be reserved: 100 stay unreserved."
  }
}

run "no_reservations_at_189_executions" {
  variables {
    account_concurrency = 189
  }

  assert {
    condition     = alltrue([for function in module.function : function.reserved_concurrency == -1])
    error_message = "Nothing must be reserved: fewer than 100 executions would stay unreserved, and the apply would fail."
  }
}

run "settings_override_default_reservations" {
  variables {
    account_concurrency = 1000
    function_settings   = { predict = { reserved_concurrency = 8 }, train = { memory_mb = 1769 }, score = { reserved_concurrency = 0 } }
  }

  assert {
    condition     = { for name, function in module.function : name => function.reserved_concurrency } == { ingest = 2, train = 4, score = 0, predict = 8, track = 40 }
    error_message = "Each setting must count, and the other functions must keep their reservations."
  }

  assert {
    condition     = output.concurrency.throttle.rate_per_second == 8 && output.concurrency.throttle.burst == 8
    error_message = "The API must be throttled to the reserved concurrency of predict."
  }
}

run "zero_stops_a_function_in_any_account" {
  variables {
    function_settings = { train = { reserved_concurrency = 0 } }
  }

  assert {
    condition     = module.function["train"].reserved_concurrency == 0
    error_message = "train must be stopped."
  }
}
