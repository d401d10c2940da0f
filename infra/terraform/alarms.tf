locals {
  alarm_actions = [aws_sns_topic.alerts.arn]
  with_queue    = toset([for name, setting in local.asynchronous : name if setting != null])
}

resource "aws_cloudwatch_metric_alarm" "function_errors" {
  for_each = local.functions

  alarm_name          = "${var.name}-${each.key}-errors"
  alarm_description   = "An invocation of ${each.key} failed. Its log says why."
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

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = local.with_queue

  alarm_name          = "${var.name}-${each.key}-dead-letters"
  alarm_description   = "Work for ${each.key} was given up. Each message in the queue holds the event and the error."
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

resource "aws_cloudwatch_metric_alarm" "ingest_stale" {
  # Each market apart: an hourly success must not hide that the daily bars have stopped.
  for_each = local.markets

  alarm_name        = "${var.name}-ingest-stale-${each.key}"
  alarm_description = "No ingest of ${each.value[0].symbol} ${each.value[0].interval} has succeeded for ${var.ingest_alarm_hours} hours: forecasts are growing old."
  # With the schedules off nothing is expected, so nobody is told.
  actions_enabled     = var.schedules_enabled
  namespace           = local.metric_namespace
  metric_name         = "IngestSucceeded"
  dimensions          = { Symbol = each.value[0].symbol, Interval = each.value[0].interval }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = var.ingest_alarm_hours
  datapoints_to_alarm = var.ingest_alarm_hours
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  # Silence is the failure.
  treat_missing_data = "breaching"
  alarm_actions      = local.alarm_actions
  ok_actions         = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "model_refused" {
  for_each = local.series

  alarm_name          = "${var.name}-model-refused-${each.key}"
  alarm_description   = "A stored model of ${each.key} did not match its registered hash or format and was refused; the series abstains or keeps its last model."
  namespace           = local.metric_namespace
  metric_name         = "ModelRefused"
  dimensions          = { Series = each.key }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}
