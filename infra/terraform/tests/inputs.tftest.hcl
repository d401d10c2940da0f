# A wrong value is refused before anything is made.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "symbol_in_small_letters" {
  command = plan

  variables {
    series = [{ symbol = "eth-usd", interval = "1d", horizon = 1 }]
  }

  expect_failures = [var.series]
}

run "unknown_interval" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "5m", horizon = 1 }]
  }

  expect_failures = [var.series, var.ingest_schedules]
}

run "horizon_of_zero" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 0 }]
  }

  expect_failures = [var.series]
}

run "series_twice" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1 }, { symbol = "ETH-USD", interval = "1d", horizon = 1 }]
  }

  expect_failures = [var.series]
}

run "schedule_in_words" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1, train_schedule = "weekly" }]
  }

  expect_failures = [var.series]
}

run "no_address" {
  command = plan

  variables {
    alert_emails = ["operator"]
  }

  expect_failures = [var.alert_emails]
}

run "retention_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "overrides_that_are_no_object" {
  command = plan

  variables {
    training_overrides = "[1]"
  }

  expect_failures = [var.training_overrides]
}

run "unknown_function" {
  command = plan

  variables {
    function_settings = { forecast = { memory_mb = 512 } }
  }

  expect_failures = [var.function_settings]
}

run "unknown_source" {
  command = plan

  variables {
    sources = ["coinbase", "kraken"]
  }

  expect_failures = [var.sources]
}

run "name_that_no_bucket_could_have" {
  command = plan

  variables {
    name = "Weathervane"
  }

  expect_failures = [var.name]
}
