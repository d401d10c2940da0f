# Alarms of bars and series, by the metrics that the functions write into their logs.
#
# Where missing data counts as breaching, CloudWatch evaluates a few more periods than configured. These alarms therefore
# start up to three periods late, and never early.

locals {
  series_alarms = {
    # One for each symbol and interval: a success of the hourly bars must not hide that the daily bars have stopped.
    ingest_stale = { for slug, bars in local.symbol_intervals : slug => {
      name           = "${var.name}-ingest-stale-${slug}"
      description    = "No ingest of ${bars[0].symbol} ${bars[0].interval} has succeeded for ${var.ingest_alarm_hours} hours: forecasts are growing old. RUNBOOK.md#ingest-stale"
      namespace      = local.metric_namespace
      metric         = "IngestSucceeded"
      dimensions     = { Symbol = bars[0].symbol, Interval = bars[0].interval }
      period_seconds = 60 * 60
      periods        = var.ingest_alarm_hours
      comparison     = "LessThanThreshold"
      threshold      = 1
      missing_data   = "breaching"
      # Without schedules no ingest is expected.
      notifies = var.schedules_enabled
    } }

    forecasts_missing = { for slug, series in local.series : slug => {
      name           = "${var.name}-forecasts-missing-${slug}"
      description    = "No forecast of ${slug} has been stored for ${var.forecast_alarm_hours[series.interval]} hours: score is silent, or the series has no champion. RUNBOOK.md#forecasts-missing"
      namespace      = local.metric_namespace
      metric         = "ForecastsMade"
      dimensions     = { Series = slug }
      period_seconds = 60 * 60
      periods        = var.forecast_alarm_hours[series.interval]
      comparison     = "LessThanThreshold"
      threshold      = 1
      missing_data   = "breaching"
      notifies       = var.schedules_enabled
    } }

    training_failed = { for slug in local.slugs : slug => {
      name        = "${var.name}-training-failed-${slug}"
      description = "A training of ${slug} failed; the champion serves on. The run's record and train's log say why. RUNBOOK.md#training-failed"
      namespace   = local.metric_namespace
      metric      = "TrainingFailed"
      dimensions  = { Series = slug }
    } }

    training_missing = { for slug in local.slugs : slug => {
      name           = "${var.name}-training-missing-${slug}"
      description    = "No training of ${slug} has finished for ${var.training_alarm_days} days: the model is growing old. RUNBOOK.md#training-missing"
      namespace      = local.metric_namespace
      metric         = "TrainingFinished"
      dimensions     = { Series = slug }
      period_seconds = 24 * 60 * 60
      periods        = var.training_alarm_days
      comparison     = "LessThanThreshold"
      threshold      = 1
      missing_data   = "breaching"
      notifies       = var.schedules_enabled
    } if var.training_alarm_days != null }

    model_refused = { for slug in local.slugs : slug => {
      name        = "${var.name}-model-refused-${slug}"
      description = "A stored model of ${slug} did not match its registered hash or format and was refused; the series abstains or keeps its last model. RUNBOOK.md#model-refused"
      namespace   = local.metric_namespace
      metric      = "ModelRefused"
      dimensions  = { Series = slug }
    } }

    evidence = { for slug in local.slugs : slug => {
      name           = "${var.name}-evidence-${slug}"
      description    = "There is evidence that asks for a training of ${slug}: its champion forecasts worse than climatology or than promised, or the market has shifted severely. RUNBOOK.md#evidence"
      namespace      = local.metric_namespace
      metric         = "AlertAction"
      dimensions     = { Series = slug }
      statistic      = "Maximum"
      period_seconds = 60 * 60
      comparison     = "GreaterThanOrEqualToThreshold"
      # 3 is `retrain`, 4 is `retrain_and_page` (`AlertAction`).
      threshold = 3
      # No metric is written between two bars; the last evidence stays valid until the next.
      missing_data = "ignore"
      # score sends the notification, with the rule and its numbers. This alarm is for the dashboard.
      notifies = false
    } }
  }
}
