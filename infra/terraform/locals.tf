data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # Slug => series; the slug is the one that the functions derive.
  series = { for s in var.series : lower("${s.symbol}-${s.interval}-h${s.horizon}") => s }
  slugs  = [for s in var.series : lower("${s.symbol}-${s.interval}-h${s.horizon}")]

  # What ingest fetches: series that differ only in their horizon share their bars.
  symbol_intervals = { for s in var.series : lower("${s.symbol}-${s.interval}") => { symbol = s.symbol, interval = s.interval }... }

  function_defaults = {
    # A back-fill of ten years of hourly bars is some 300 requests of Coinbase and 90 of Bitstamp beside it, and fits in memory. One that does not
    # fit into the time goes on by an IngestRequested of its own.
    ingest = { memory_mb = 1024, timeout_seconds = 600 }
    # Fitting uses every core it gets; 1769 MiB are one.
    train = { memory_mb = 3008, timeout_seconds = 900 }
    score = { memory_mb = 1024, timeout_seconds = 300 }
    # Memory buys the CPU that makes a cold start short.
    predict = { memory_mb = 512, timeout_seconds = 10 }
  }

  functions = { for name, defaults in local.function_defaults : name => {
    memory_mb            = coalesce(try(var.function_settings[name].memory_mb, null), defaults.memory_mb)
    timeout_seconds      = coalesce(try(var.function_settings[name].timeout_seconds, null), defaults.timeout_seconds)
    reserved_concurrency = local.reserved_concurrency[name]
  } }

  # Namespace of the metrics that the functions write into their logs (shared/aws/src/metrics.rs).
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
      # For the links in mails; without a slash at its end.
      WEATHERVANE_API_URL           = trimsuffix(aws_apigatewayv2_api.this.api_endpoint, "/")
      WEATHERVANE_SERIES            = join(",", local.slugs)
      WEATHERVANE_SOURCES           = join(",", var.sources)
      WEATHERVANE_CROSS_CHECKS      = tostring(var.source_cross_checks)
      WEATHERVANE_TOLERANCE         = tostring(var.source_tolerance)
      WEATHERVANE_EXTREME_TOLERANCE = tostring(var.source_extreme_tolerance)
      WEATHERVANE_PROXY_BARS        = tostring(var.proxy_bars)
      WEATHERVANE_S3_ADDRESSING     = var.s3_addressing
      WEATHERVANE_TRAIN_SCHEDULES   = jsonencode({ for slug, series in local.series : slug => series.train_schedule })
      RUST_LOG                      = var.log_filter
    },
    # Empty settings are left out: a function then uses its own default.
    { for name, value in {
      WEATHERVANE_TRAINING = var.training_overrides
      WEATHERVANE_DRIFT    = var.drift_overrides
      AWS_ENDPOINT_URL     = var.aws_endpoint_url == null ? "" : var.aws_endpoint_url
      AWS_CA_BUNDLE        = var.ca_bundle == null ? "" : var.ca_bundle
    } : name => value if value != "" },
    { for source, url in var.market_base_urls : "MARKET_BASE_URL_${upper(source)}" => url },
  )

  # Statement that refuses requests without TLS, or none without `require_tls`. Each policy adds its actions and resources.
  tls_only = [for statement in [{
    Sid       = "TlsOnly"
    Effect    = "Deny"
    Principal = "*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }] : statement if var.require_tls]
}
