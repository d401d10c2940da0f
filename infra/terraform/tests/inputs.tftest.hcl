# Invalid values fail at plan.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "an_invalid_value_of_each_variable" {
  command = plan

  variables {
    series              = [{ symbol = "eth-usd", interval = "1d", horizon = 1 }]
    alert_emails        = ["operator"]
    log_retention_days  = 31
    training_overrides  = "[1]"
    drift_overrides     = "{"
    function_settings   = { forecast = { memory_mb = 512 } }
    sources             = ["coinbase", "gemini"]
    source_cross_checks = 3
    source_tolerance    = 0
    market_base_urls    = { coinbase = "127.0.0.1:8900" }
    name                = "Weathervane"
    architecture        = "arm"
    s3_addressing       = "host"
    tracing_mode        = "On"
    ingest_alarm_hours  = 200
    api_auth            = { compute = "jwt" }
    throttle            = { burst = 0 }

    training_alarm_days = 8
    api_alarm           = { error_percent = 100 }

    source_extreme_tolerance = 0
  }

  expect_failures = [
    var.series, var.alert_emails, var.log_retention_days, var.training_overrides, var.drift_overrides,
    var.function_settings, var.sources, var.source_cross_checks, var.source_tolerance, var.market_base_urls, var.name,
    var.source_extreme_tolerance,
    var.architecture, var.s3_addressing, var.tracing_mode, var.ingest_alarm_hours, var.api_auth, var.throttle,
    var.training_alarm_days, var.api_alarm,
  ]
}

run "an_unknown_interval" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "5m", horizon = 1 }]
  }

  expect_failures = [var.series]
}

run "an_interval_without_an_ingest_schedule" {
  command = plan

  variables {
    ingest_schedules = { "1d" = "cron(7 0 * * ? *)" }
  }

  expect_failures = [var.ingest_schedules]
}

run "a_horizon_of_zero" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 0 }]
  }

  expect_failures = [var.series]
}

run "a_series_listed_twice" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1 }, { symbol = "ETH-USD", interval = "1d", horizon = 1 }]
  }

  expect_failures = [var.series]
}

run "urls_with_a_slash_a_query_or_no_host" {
  command = plan

  variables {
    cors_allowed_origins = ["https://example.com/"]
    aws_endpoint_url     = "http://"
    market_base_urls     = { coinbase = "https://example.com/api?key=1" }
  }

  expect_failures = [var.cors_allowed_origins, var.aws_endpoint_url, var.market_base_urls]
}

run "a_relative_path_of_a_ca_bundle" {
  command = plan

  variables {
    ca_bundle = "ca-bundle.crt"
  }

  expect_failures = [var.ca_bundle]
}

run "a_reservation_above_the_account_limit" {
  command = plan

  variables {
    account_concurrency = 120
    function_settings   = { train = { reserved_concurrency = 21 } }
  }

  expect_failures = [output.concurrency]
}

run "a_reservation_in_a_new_account" {
  command = plan

  variables {
    function_settings = { ingest = { reserved_concurrency = 1 } }
  }

  expect_failures = [output.concurrency]
}

run "a_schedule_in_words" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1, train_schedule = "weekly" }]
  }

  expect_failures = [var.series]
}

run "no_source" {
  command = plan

  variables {
    sources = []
  }

  expect_failures = [var.sources]
}

run "a_source_listed_twice" {
  command = plan

  variables {
    sources = ["kraken", "coinbase", "kraken"]
  }

  expect_failures = [var.sources]
}

run "half_a_cross_check_and_a_tolerance_above_one_half" {
  command = plan

  variables {
    source_cross_checks = 0.5
    source_tolerance    = 0.6
  }

  expect_failures = [var.source_cross_checks, var.source_tolerance]
}

run "a_base_url_of_an_unknown_source" {
  command = plan

  variables {
    market_base_urls = { kracken = "http://127.0.0.1:8900" }
  }

  expect_failures = [var.market_base_urls]
}

run "authorisation_of_an_unknown_route_group" {
  command = plan

  variables {
    # A misspelt group would leave the intended one open.
    api_auth = { computing = "iam" }
  }

  expect_failures = [var.api_auth]
}

run "a_compute_throttle_above_the_default_one" {
  command = plan

  variables {
    throttle = { compute = { rate_per_second = 30, burst = 40 } }
  }

  expect_failures = [output.concurrency]
}

run "an_interval_without_its_forecast_hours" {
  command = plan

  variables {
    forecast_alarm_hours = { "1d" = 26 }
  }

  expect_failures = [var.forecast_alarm_hours]
}

run "forecast_alarm_hours_below_two" {
  command = plan

  variables {
    forecast_alarm_hours = { "1d" = 26, "1h" = 1 }
  }

  expect_failures = [var.forecast_alarm_hours]
}

run "odds_of_size_zero" {
  command = plan

  variables {
    odds_sizes = { "eth-usd-1d-h1" = [0.05, 0] }
  }

  expect_failures = [var.odds_sizes]
}

run "odds_of_negative_size" {
  command = plan

  variables {
    odds_sizes = { "eth-usd-1d-h1" = [-0.05] }
  }

  expect_failures = [var.odds_sizes]
}

run "odds_of_more_than_the_whole_price" {
  command = plan

  variables {
    odds_sizes = { "eth-usd-1d-h1" = [1.01] }
  }

  expect_failures = [var.odds_sizes]
}

run "odds_of_an_unknown_series" {
  command = plan

  variables {
    odds_sizes = { "eth-usd-1d-h2" = [0.05] }
  }

  expect_failures = [var.odds_sizes]
}

run "a_fee_in_per_cent" {
  command = plan

  variables {
    costs = { fee = 0.1 }
  }

  expect_failures = [var.costs]
}

run "a_negative_slippage" {
  command = plan

  variables {
    costs = { slippage = -0.0005 }
  }

  expect_failures = [var.costs]
}
