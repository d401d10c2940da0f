# What rings whatever is forecast: functions, queues, the API. alarms_series.tf has what rings for one market or series.
# Each description says what it means, and names its part of RUNBOOK.md, which says what to do.

locals {
  alarm_actions = [aws_sns_topic.alerts.arn]
  with_queue    = toset([for name, setting in local.asynchronous : name if setting != null])

  # A share of the time-out that is early enough to act and late enough not to be reached by design. A back-fill of
  # ingest is, by design: it works until little is left and then goes on in another invocation.
  slow_percent = 90
  may_be_slow  = toset(["ingest"])
}

resource "aws_cloudwatch_metric_alarm" "function_errors" {
  for_each = local.functions

  alarm_name          = "${var.name}-${each.key}-errors"
  alarm_description   = "An invocation of ${each.key} failed. Its log says why. RUNBOOK.md#function-errors"
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = module.function[each.key].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "function_throttles" {
  for_each = local.functions

  alarm_name          = "${var.name}-${each.key}-throttles"
  alarm_description   = "Lambda refused to start ${each.key}: the account's or the function's concurrency is used up. RUNBOOK.md#function-throttles"
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = module.function[each.key].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "function_slow" {
  for_each = { for name, function in local.functions : name => function if !contains(local.may_be_slow, name) }

  alarm_name          = "${var.name}-${each.key}-slow"
  alarm_description   = "An invocation of ${each.key} took more than ${local.slow_percent} % of its ${each.value.timeout_seconds} s: soon one will be cut off. RUNBOOK.md#function-slow"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = module.function[each.key].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  # Of seconds, in milliseconds.
  threshold          = local.slow_percent * each.value.timeout_seconds * 10
  treat_missing_data = "notBreaching"
  alarm_actions      = local.alarm_actions
  ok_actions         = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = local.with_queue

  alarm_name          = "${var.name}-${each.key}-dead-letters"
  alarm_description   = "Work for ${each.key} was given up. Each message in the queue holds the event and the error. RUNBOOK.md#dead-letters"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = module.function[each.key].dead_letter_queue.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "api_errors" {
  alarm_name          = "${var.name}-api-errors"
  alarm_description   = "More than ${var.api_alarm.error_percent} % of the API's answers in 5 minutes, and at least 3, had a status of 500 or above. RUNBOOK.md#api-errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.api_alarm.error_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

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

resource "aws_cloudwatch_metric_alarm" "api_slow" {
  alarm_name         = "${var.name}-api-slow"
  alarm_description  = "One answer in a hundred took the API longer than ${var.api_alarm.latency_p99_ms} ms, for 15 minutes. RUNBOOK.md#api-slow"
  namespace          = "AWS/ApiGateway"
  metric_name        = "Latency"
  dimensions         = { ApiId = aws_apigatewayv2_api.this.id }
  extended_statistic = "p99"
  period             = 300
  # Where few ask, the slowest in a hundred is the slowest: one cold start must not ring.
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.api_alarm.latency_p99_ms
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "serving_degraded" {
  for_each = {
    model  = "ModelUnavailable"
    window = "WindowUnavailable"
    ledger = "LedgerUnavailable"
  }

  alarm_name        = "${var.name}-${each.key}-unavailable"
  alarm_description = "predict could not read its ${each.key} again and again: it answers from memory or with the base rate, and with a warning. RUNBOOK.md#serving-degraded"
  namespace         = local.metric_namespace
  metric_name       = each.value
  dimensions        = { Function = "predict" }
  statistic         = "Sum"
  period            = 300
  # One failed read is bridged by what was read before; what goes on is not.
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
