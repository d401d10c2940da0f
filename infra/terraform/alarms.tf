# All alarms. This file has those of functions, queues and the API; alarms_series.tf has those of bars and series.
# A description says what happened, what it means, and which section of RUNBOOK.md says what to do.

locals {
  # Kind => instance => alarm. A new kind needs its section in RUNBOOK.md.
  alarms = merge(local.service_alarms, local.series_alarms)

  alarm_resources = concat(
    [aws_cloudwatch_metric_alarm.api_errors],
    flatten([for kind in module.alarm : values(kind.alarms)]),
  )

  queue_functions = toset([for name, setting in local.asynchronous : name if setting != null])

  # Early enough to act before an invocation is cut off.
  slow_percent = 90
  # A back-fill uses its whole time-out and continues in another invocation.
  slow_by_design = toset(["ingest"])

  service_alarms = {
    function_errors = { for name, function in module.function : name => {
      name        = "${var.name}-${name}-errors"
      description = "An invocation of ${name} failed. Its log says why. RUNBOOK.md#function-errors"
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = function.name }
    } }

    function_throttles = { for name, function in module.function : name => {
      name        = "${var.name}-${name}-throttles"
      description = "Lambda refused to start ${name}: the account's or the function's concurrency is used up. RUNBOOK.md#function-throttles"
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = function.name }
    } }

    function_slow = { for name, settings in local.functions : name => {
      name        = "${var.name}-${name}-slow"
      description = "An invocation of ${name} took more than ${local.slow_percent} % of its ${settings.timeout_seconds} s: soon one will be cut off. RUNBOOK.md#function-slow"
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = { FunctionName = module.function[name].name }
      statistic   = "Maximum"
      # Percent of seconds, in milliseconds.
      threshold = local.slow_percent * settings.timeout_seconds * 10
    } if !contains(local.slow_by_design, name) }

    dead_letters = { for name in local.queue_functions : name => {
      name        = "${var.name}-${name}-dead-letters"
      description = "Work for ${name} was given up. Each message in the queue holds the event and the error. RUNBOOK.md#dead-letters"
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = module.function[name].dead_letter_queue.name }
      statistic   = "Maximum"
    } }

    api_slow = { api = {
      name        = "${var.name}-api-slow"
      description = "One answer in a hundred took the API longer than ${var.api_alarm.latency_p99_ms} ms, for 15 minutes. RUNBOOK.md#api-slow"
      namespace   = "AWS/ApiGateway"
      metric      = "Latency"
      dimensions  = { ApiId = aws_apigatewayv2_api.this.id }
      statistic   = "p99"
      # With few requests the p99 is the slowest one: a single cold start must not raise the alarm.
      periods   = 3
      threshold = var.api_alarm.latency_p99_ms
    } }

    serving_degraded = { for object, metric in { model = "ModelUnavailable", window = "WindowUnavailable", ledger = "LedgerUnavailable" } : object => {
      name        = "${var.name}-${object}-unavailable"
      description = "predict could not read its ${object} again and again: it answers from memory or with the base rate, and with a warning. RUNBOOK.md#serving-degraded"
      namespace   = local.metric_namespace
      metric      = metric
      dimensions  = { Function = "predict" }
      # predict bridges a single failed read with what it read before.
      periods           = 3
      breaching_periods = 2
    } }
  }
}

module "alarm" {
  source   = "./modules/metric_alarm"
  for_each = local.alarms

  alarms    = each.value
  topic_arn = aws_sns_topic.alerts.arn
}

# Apart from the others, because it compares two metrics.
resource "aws_cloudwatch_metric_alarm" "api_errors" {
  alarm_name          = "${var.name}-api-errors"
  alarm_description   = "More than ${var.api_alarm.error_percent} % of the API's answers in 5 minutes, and at least 3, had a status of 500 or above. RUNBOOK.md#api-errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.api_alarm.error_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "percent"
    label       = "answers of 500 and above, in percent"
    expression  = "IF(errors >= 3, 100 * errors / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "5xx", requests = "Count" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApiGateway"
        metric_name = metric_query.value
        dimensions  = { ApiId = aws_apigatewayv2_api.this.id }
        stat        = "Sum"
        period      = 300
      }
    }
  }
}
