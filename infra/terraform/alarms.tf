# All alarms. This file has those of functions, queues and the API; alarms_series.tf has those of bars and series.
# A description states what happened, what it means, and the section of RUNBOOK.md with the steps.

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
      name = "${var.name}-${name}-errors"
      description = join(" ", [
        "At least one invocation of ${name} failed in 5 minutes.",
        contains(local.queue_functions, name) ? "A queued event is retried twice." : "The caller received an error.",
        "The log has the cause. See RUNBOOK.md#function-errors",
      ])
      namespace  = "AWS/Lambda"
      metric     = "Errors"
      dimensions = { FunctionName = function.name }
    } }

    function_throttles = { for name, function in module.function : name => {
      name = "${var.name}-${name}-throttles"
      description = join(" ", [
        "Lambda throttled ${name}: the concurrency of the account or of the function is used up.",
        contains(local.queue_functions, name) ? "Its events are retried for up to 6 hours." : "Callers received status 503.",
        "See RUNBOOK.md#function-throttles",
      ])
      namespace  = "AWS/Lambda"
      metric     = "Throttles"
      dimensions = { FunctionName = function.name }
    } }

    function_slow = { for name, settings in local.functions : name => {
      name        = "${var.name}-${name}-slow"
      description = "An invocation of ${name} took more than ${local.slow_percent} % of its time-out of ${settings.timeout_seconds} s. At the time-out Lambda ends an invocation. See RUNBOOK.md#function-slow"
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = { FunctionName = module.function[name].name }
      statistic   = "Maximum"
      # Percent of seconds, in milliseconds.
      threshold = local.slow_percent * settings.timeout_seconds * 10
    } if !contains(local.slow_by_design, name) }

    dead_letters = { for name in local.queue_functions : name => {
      name        = "${var.name}-${name}-dead-letters"
      description = "The dead-letter queue of ${name} has messages: events failed all retries, and their work is not done. Each message has the event and the error, and is kept for 14 days. See RUNBOOK.md#dead-letters"
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = module.function[name].dead_letter_queue.name }
      statistic   = "Maximum"
    } }

    api_slow = { api = {
      name        = "${var.name}-api-slow"
      description = "The p99 latency of the API was above ${var.api_alarm.latency_p99_ms} ms for 15 minutes. See RUNBOOK.md#api-slow"
      namespace   = "AWS/ApiGateway"
      metric      = "Latency"
      dimensions  = { ApiId = aws_apigatewayv2_api.this.id }
      statistic   = "p99"
      # With few requests the p99 is the slowest one: a single cold start must not raise the alarm.
      periods   = 3
      threshold = var.api_alarm.latency_p99_ms
    } }

    serving_degraded = { for object, unavailable in {
      model  = { metric = "ModelUnavailable", object = "a model", fallback = "the base rate" }
      window = { metric = "WindowUnavailable", object = "a bar window", fallback = "the base rate" }
      ledger = { metric = "QualityReportUnavailable", object = "a quality report", fallback = "no report" }
      } : object => {
      name        = "${var.name}-${object}-unavailable"
      description = "predict could not read ${unavailable.object} in 2 of 3 periods of 5 minutes. It serves the last copy in memory, or else ${unavailable.fallback}, and adds a warning. See RUNBOOK.md#serving-degraded"
      namespace   = local.metric_namespace
      metric      = unavailable.metric
      dimensions  = { Function = "predict" }
      # After a single failed read predict serves its copy in memory.
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
  alarm_description   = "More than ${var.api_alarm.error_percent} % of the API's responses in 5 minutes, and at least 3, had status 500 or above. See RUNBOOK.md#api-errors"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.api_alarm.error_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "percent"
    label       = "responses with status 500 or above, in percent"
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
