data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # Slug => series. The functions derive the same slug.
  series = { for s in var.series : lower("${s.symbol}-${s.interval}-h${s.horizon}") => s }
  slugs  = [for s in var.series : lower("${s.symbol}-${s.interval}-h${s.horizon}")]

  # Slug of symbol and interval => what ingest fetches. Series that differ only in the horizon share their bars.
  symbol_intervals = { for s in var.series : lower("${s.symbol}-${s.interval}") => { symbol = s.symbol, interval = s.interval }... }

  function_defaults = {
    # A back-fill of ten years of hourly bars takes about 300 requests to Coinbase and 90 to Bitstamp, and fits in memory.
    # One that does not fit in the time-out continues in another invocation, by its own IngestRequested event.
    ingest = { memory_mb = 1024, timeout_seconds = 600 }
    # Training uses all cores; 1769 MiB correspond to one core.
    train = { memory_mb = 3008, timeout_seconds = 900 }
    score = { memory_mb = 1024, timeout_seconds = 300 }
    # CPU grows with memory, and shortens the cold start.
    predict = { memory_mb = 512, timeout_seconds = 10 }
    # Writers of one run wait for each other, for 20 s at most; a search holds the runs of an experiment.
    track = { memory_mb = 512, timeout_seconds = 29 }
  }

  functions = { for name, defaults in local.function_defaults : name => {
    memory_mb            = coalesce(try(var.function_settings[name].memory_mb, null), defaults.memory_mb)
    timeout_seconds      = coalesce(try(var.function_settings[name].timeout_seconds, null), defaults.timeout_seconds)
    reserved_concurrency = local.reserved_concurrency[name]
  } }

  # Namespace of the metrics that the functions write into their logs.
  metric_namespace = "Weathervane"

  environment = merge(
    {
      WEATHERVANE_BUCKET          = aws_s3_bucket.this["data"].bucket
      WEATHERVANE_RUNS_TABLE      = aws_dynamodb_table.this["runs"].name
      WEATHERVANE_REGISTRY_TABLE  = aws_dynamodb_table.this["registry"].name
      WEATHERVANE_FORECASTS_TABLE = aws_dynamodb_table.this["forecasts"].name
      WEATHERVANE_LOCKS_TABLE     = aws_dynamodb_table.this["locks"].name
      WEATHERVANE_BUS             = aws_cloudwatch_event_bus.this.name
      WEATHERVANE_ALERT_TOPIC_ARN = aws_sns_topic.alerts.arn
      # For links in mails; without a trailing slash.
      WEATHERVANE_API_URL           = trimsuffix(aws_apigatewayv2_api.this.api_endpoint, "/")
      WEATHERVANE_SERIES            = join(",", local.slugs)
      WEATHERVANE_SOURCES           = join(",", var.sources)
      WEATHERVANE_CROSS_CHECKS      = tostring(var.source_cross_checks)
      WEATHERVANE_TOLERANCE         = tostring(var.source_tolerance)
      WEATHERVANE_EXTREME_TOLERANCE = tostring(var.source_extreme_tolerance)
      WEATHERVANE_PROXY_BARS        = tostring(var.proxy_bars)
      WEATHERVANE_FEE               = tostring(var.costs.fee)
      WEATHERVANE_SLIPPAGE          = tostring(var.costs.slippage)
      WEATHERVANE_S3_ADDRESSING     = var.s3_addressing
      WEATHERVANE_TRAIN_SCHEDULES   = jsonencode({ for slug, series in local.series : slug => series.train_schedule })
      RUST_LOG                      = var.log_filter
    },
    # Empty settings are omitted, so that the function uses its default.
    { for name, value in {
      WEATHERVANE_TRAINING = var.training_overrides
      WEATHERVANE_DRIFT    = var.drift_overrides
      WEATHERVANE_ODDS     = length(var.odds_sizes) == 0 ? "" : jsonencode(var.odds_sizes)
      AWS_ENDPOINT_URL     = var.aws_endpoint_url == null ? "" : var.aws_endpoint_url
      AWS_CA_BUNDLE        = var.ca_bundle == null ? "" : var.ca_bundle
    } : name => value if value != "" },
    { for source, url in var.market_base_urls : "MARKET_BASE_URL_${upper(source)}" => url },
  )

  # Variables that only one function has.
  own_environment = merge({ for name in keys(local.functions) : name => {} }, {
    track = merge(
      { WEATHERVANE_TRACKING_TABLE = aws_dynamodb_table.this["tracking"].name },
      { for secret in aws_secretsmanager_secret.tracking_tokens : "WEATHERVANE_TRACKING_TOKENS" => secret.name },
    )
  })

  # Statement that refuses requests without TLS, or none without `require_tls`. Each policy adds its actions and resources.
  tls_only = [for statement in [{
    Sid       = "TlsOnly"
    Effect    = "Deny"
    Principal = "*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }] : statement if var.require_tls]
}
