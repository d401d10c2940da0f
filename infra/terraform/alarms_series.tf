# What rings for one market or one series, by the metrics that the functions write into their logs.
#
# Where silence is the failure, CloudWatch takes missing data for breaching. It looks a few periods further back than it
# is told to before it does, so these alarms come up to three periods later than they say, never earlier.

resource "aws_cloudwatch_metric_alarm" "ingest_stale" {
  # Each market apart: an hourly success must not hide that the daily bars have stopped.
  for_each = local.markets

  alarm_name        = "${var.name}-ingest-stale-${each.key}"
  alarm_description = "No ingest of ${each.value[0].symbol} ${each.value[0].interval} has succeeded for ${var.ingest_alarm_hours} hours: forecasts are growing old. RUNBOOK.md#ingest-stale"
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
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "forecasts_missing" {
  for_each = local.series

  alarm_name          = "${var.name}-forecasts-missing-${each.key}"
  alarm_description   = "No forecast of ${each.key} has been stored for ${var.forecast_alarm_hours[each.value.interval]} hours: score is silent, or the series has no champion. RUNBOOK.md#forecasts-missing"
  actions_enabled     = var.schedules_enabled
  namespace           = local.metric_namespace
  metric_name         = "ForecastsMade"
  dimensions          = { Series = each.key }
  statistic           = "Sum"
  period              = 3600
  evaluation_periods  = var.forecast_alarm_hours[each.value.interval]
  datapoints_to_alarm = var.forecast_alarm_hours[each.value.interval]
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "training_failed" {
  for_each = local.series

  alarm_name          = "${var.name}-training-failed-${each.key}"
  alarm_description   = "A training of ${each.key} failed; the champion serves on. The run's record and train's log say why. RUNBOOK.md#training-failed"
  namespace           = local.metric_namespace
  metric_name         = "TrainingFailed"
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

resource "aws_cloudwatch_metric_alarm" "training_missing" {
  for_each = var.training_alarm_days == null ? {} : local.series

  alarm_name          = "${var.name}-training-missing-${each.key}"
  alarm_description   = "No training of ${each.key} has finished for ${coalesce(var.training_alarm_days, 0)} days: the model is growing old. RUNBOOK.md#training-missing"
  actions_enabled     = var.schedules_enabled
  namespace           = local.metric_namespace
  metric_name         = "TrainingFinished"
  dimensions          = { Series = each.key }
  statistic           = "Sum"
  period              = 24 * 60 * 60
  evaluation_periods  = var.training_alarm_days
  datapoints_to_alarm = var.training_alarm_days
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions
}

resource "aws_cloudwatch_metric_alarm" "model_refused" {
  for_each = local.series

  alarm_name          = "${var.name}-model-refused-${each.key}"
  alarm_description   = "A stored model of ${each.key} did not match its registered hash or format and was refused; the series abstains or keeps its last model. RUNBOOK.md#model-refused"
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

resource "aws_cloudwatch_metric_alarm" "evidence" {
  # checkov:skip=CKV_AWS_319:It shows on the dashboard and mails nobody: score's own alert does, with the rule and its numbers.
  for_each = local.series

  alarm_name        = "${var.name}-evidence-${each.key}"
  alarm_description = "There is evidence that asks for a training of ${each.key}: its champion forecasts worse than climatology or than promised, or the market has shifted severely. RUNBOOK.md#evidence"
  # score's own mail says which rule fired, by which numbers, and when it is over. This is for the dashboard, where it
  # shows for as long as the evidence lasts, and for whoever wants to wire it.
  actions_enabled    = false
  namespace          = local.metric_namespace
  metric_name        = "AlertAction"
  dimensions         = { Series = each.key }
  statistic          = "Maximum"
  period             = 3600
  evaluation_periods = 1
  # 3 is retrain, 4 retrain and page (shared/domain/src/monitor/action.rs).
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 3
  # Between two bars nothing is measured, and what was found still holds.
  treat_missing_data = "ignore"
  alarm_actions      = local.alarm_actions
  ok_actions         = local.alarm_actions
}
