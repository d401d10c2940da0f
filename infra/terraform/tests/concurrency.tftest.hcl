# No number of requests to the open API keeps score and train from starting.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "a_new_account_reserves_nothing_and_throttles" {
  assert {
    condition     = alltrue([for function in module.function : function.reserved_concurrency == -1])
    error_message = "AWS refuses to reserve anything in an account of 10 executions."
  }

  assert {
    condition     = output.concurrency.throttle.rate_per_second == 5 && output.concurrency.throttle.burst == 5
    error_message = "The open API can take more than half of the account's executions at once."
  }
}

run "an_account_with_room_gives_each_function_its_share" {
  variables {
    account_concurrency = 1000
  }

  assert {
    condition     = { for name, function in module.function : name => function.reserved_concurrency } == { ingest = 2, train = 3, score = 4, predict = 40 }
    error_message = "A function can take the executions of another."
  }

  assert {
    condition     = output.concurrency.throttle.rate_per_second == 20 && output.concurrency.throttle.burst == 40
    error_message = "The API is held back though nobody is starved."
  }
}

run "just_enough_room" {
  variables {
    account_concurrency = 149
  }

  assert {
    condition     = sum([for function in module.function : function.reserved_concurrency]) == 49
    error_message = "100 executions are left unreserved, and nothing is reserved."
  }
}

run "one_too_few" {
  variables {
    account_concurrency = 148
  }

  assert {
    condition     = alltrue([for function in module.function : function.reserved_concurrency == -1])
    error_message = "Fewer than 100 executions are left unreserved: the apply would fail half way."
  }
}

run "what_is_set_by_hand_counts_beside_the_defaults" {
  variables {
    account_concurrency = 1000
    function_settings   = { predict = { reserved_concurrency = 8 }, train = { memory_mb = 1769 }, score = { reserved_concurrency = 0 } }
  }

  assert {
    condition     = { for name, function in module.function : name => function.reserved_concurrency } == { ingest = 2, train = 3, score = 0, predict = 8 }
    error_message = "A setting of another kind took the reservation away, or one was not taken."
  }

  assert {
    condition     = output.concurrency.throttle.rate_per_second == 8 && output.concurrency.throttle.burst == 8
    error_message = "The gateway lets through what predict cannot run."
  }
}

run "a_function_is_stopped_in_any_account" {
  variables {
    function_settings = { train = { reserved_concurrency = 0 } }
  }

  assert {
    condition     = module.function["train"].reserved_concurrency == 0
    error_message = "train still runs."
  }
}
