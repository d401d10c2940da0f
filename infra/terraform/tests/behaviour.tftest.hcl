# Connections between resources, as the functions expect them.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    condition     = output.series == ["eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h24", "eth-usd-1h-h1"]
    error_message = "The default series must not change."
  }

  assert {
    condition = {
      for name, schedule in aws_scheduler_schedule.this : name => jsondecode(schedule.target[0].input)
      } == {
      ingest-eth-usd-1d    = { symbol = "ETH-USD", interval = "1d" }
      ingest-eth-usd-1h    = { symbol = "ETH-USD", interval = "1h" }
      score-eth-usd-1d     = { symbol = "ETH-USD", interval = "1d" }
      score-eth-usd-1h     = { symbol = "ETH-USD", interval = "1h" }
      train-eth-usd-1d-h1  = { series = "eth-usd-1d-h1", reason = "schedule" }
      train-eth-usd-1d-h7  = { series = "eth-usd-1d-h7", reason = "schedule" }
      train-eth-usd-1h-h24 = { series = "eth-usd-1h-h24", reason = "schedule" }
      train-eth-usd-1h-h1  = { series = "eth-usd-1h-h1", reason = "schedule" }
    }
    error_message = "Each schedule must exist and have the input that its function reads."
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.this : schedule.schedule_expression_timezone == "UTC" && schedule.state == "ENABLED"])
    error_message = "Schedules must run in UTC, like the bars."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(module.scheduler_role.policy).Statement : length(statement.Resource) == 3])
    error_message = "The role of the schedules must allow all three functions and their queues."
  }

  assert {
    condition     = toset(output.ingest_rule_names) == toset(["ingest-eth-usd-1d", "ingest-eth-usd-1h"])
    error_message = "The output must list the ingest schedules."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.bars_ingested.event_pattern) == { source = ["weathervane"], detail-type = ["BarsIngested"] }
    error_message = "BarsIngested must start score."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.ingest_requested.event_pattern) == { source = ["weathervane"], detail-type = ["IngestRequested"] }
    error_message = "IngestRequested must start ingest, so that a back-fill can continue."
  }

  assert {
    condition     = aws_cloudwatch_event_target.ingest_requested.input_path == "$.detail" && length(aws_cloudwatch_event_target.ingest_requested.input_transformer) == 0
    error_message = "ingest must receive the detail of the event only."
  }

  assert {
    condition = {
      for name in ["WEATHERVANE_SOURCES", "WEATHERVANE_CROSS_CHECKS", "WEATHERVANE_TOLERANCE"] : name => module.function["ingest"].environment[name]
      } == {
      WEATHERVANE_SOURCES      = "coinbase,bitstamp,kraken,binance,yahoo"
      WEATHERVANE_CROSS_CHECKS = "1"
      WEATHERVANE_TOLERANCE    = "0.01"
    }
    error_message = "ingest must receive the default sources, cross-checks and tolerance."
  }

  assert {
    condition = [
      for function in ["train", "score"] :
      [for name in ["WEATHERVANE_FEE", "WEATHERVANE_SLIPPAGE"] : module.function[function].environment[name]]
    ] == [["0.001", "0.0005"], ["0.001", "0.0005"]]
    error_message = "train and score must receive the default costs of a trade."
  }

  assert {
    # As JSON, because in HCL a list with a null equals no other.
    condition = jsonencode({ for name, table in aws_dynamodb_table.this : name => [table.hash_key, table.range_key] }) == jsonencode({
      runs      = ["pk", "sk"]
      registry  = ["pk", "sk"]
      forecasts = ["pk", "sk"]
      locks     = ["pk", null]
      tracking  = ["pk", "sk"]
    })
    error_message = "The keys of the tables must not change."
  }

  assert {
    condition     = [for index in aws_dynamodb_table.this["runs"].global_secondary_index : [index.name, index.hash_key, index.range_key, index.projection_type]] == [["by_log_loss", "series", "holdout_log_loss", "ALL"]]
    error_message = "The index of runs by log loss must exist."
  }

  assert {
    condition     = one(aws_dynamodb_table.this["locks"].ttl).attribute_name == "expires_at" && one(aws_dynamodb_table.this["locks"].ttl).enabled
    error_message = "Locks must expire."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "There must be no mail subscription without addresses."
  }

  assert {
    condition     = contains(keys(aws_apigatewayv2_route.this), "$default")
    error_message = "predict must handle unknown paths."
  }

  assert {
    condition     = length([for name in keys(local.environment) : name if name == "AWS_ENDPOINT_URL" || startswith(name, "MARKET_BASE_URL_")]) == 0
    error_message = "No endpoint must be set by default."
  }
}

run "each_address_is_subscribed" {
  variables {
    alert_emails = ["one@example.com", "two@example.com"]
  }

  assert {
    condition     = toset([for s in aws_sns_topic_subscription.email : s.endpoint]) == toset(["one@example.com", "two@example.com"])
    error_message = "Each address must be subscribed."
  }
}

run "ingest_receives_other_sources_cross_checks_and_tolerance" {
  variables {
    sources             = ["kraken", "bitstamp"]
    source_cross_checks = 0
    source_tolerance    = 0.025
    proxy_bars          = false

    source_extreme_tolerance = 0.05
  }

  assert {
    condition = {
      for name in ["WEATHERVANE_SOURCES", "WEATHERVANE_CROSS_CHECKS", "WEATHERVANE_TOLERANCE", "WEATHERVANE_EXTREME_TOLERANCE", "WEATHERVANE_PROXY_BARS"] : name => module.function["ingest"].environment[name]
      } == {
      WEATHERVANE_SOURCES           = "kraken,bitstamp"
      WEATHERVANE_CROSS_CHECKS      = "0"
      WEATHERVANE_TOLERANCE         = "0.025"
      WEATHERVANE_EXTREME_TOLERANCE = "0.05"
      WEATHERVANE_PROXY_BARS        = "false"
    }
    error_message = "ingest must receive the settings."
  }
}

run "functions_receive_the_endpoints" {
  variables {
    aws_endpoint_url      = "http://127.0.0.1:4566"
    s3_addressing         = "path"
    market_base_urls      = { coinbase = "http://127.0.0.1:8900" }
    object_retention_days = null
    require_tls           = false
  }

  assert {
    condition = {
      for name, value in local.environment : name => value if contains(["AWS_ENDPOINT_URL", "MARKET_BASE_URL_COINBASE", "WEATHERVANE_S3_ADDRESSING"], name)
      } == {
      AWS_ENDPOINT_URL          = "http://127.0.0.1:4566"
      MARKET_BASE_URL_COINBASE  = "http://127.0.0.1:8900"
      WEATHERVANE_S3_ADDRESSING = "path"
    }
    error_message = "The functions must receive the endpoints."
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this) == 0 && keys(aws_s3_bucket_policy.this) == ["audit"]
    error_message = "There must be no lifecycle rules, and no policy that requires TLS."
  }
}
