# Alarms of bars and series, by the metrics that the functions write into their logs.
#
# Where missing data counts as breaching, CloudWatch evaluates a few more periods than configured. These alarms therefore
# start up to three periods late, and never early.

locals {
  series_alarms = {
    # One for each symbol and interval: a success of the hourly bars must not hide that the daily bars have stopped.
    ingest_stale = { for slug, bars in local.symbol_intervals : slug => {
      name           = "${var.name}-ingest-stale-${slug}"
      description    = "No ingest of ${bars[0].symbol} ${bars[0].interval} has succeeded for ${var.ingest_alarm_hours} hours. Forecasts use old bars, and abstain when these expire. See RUNBOOK.md#ingest-stale"
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
      description    = "No forecast of ${slug} has been stored for ${var.forecast_alarm_hours[series.interval]} hours. Either new bars are missing, score fails, or the series has no champion. See RUNBOOK.md#forecasts-missing"
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
      description = "A training of ${slug} failed. The champion stays in service. The run record and the log of train have the error. See RUNBOOK.md#training-failed"
      namespace   = local.metric_namespace
      metric      = "TrainingFailed"
      dimensions  = { Series = slug }
    } }

    training_missing = { for slug in local.slugs : slug => {
      name           = "${var.name}-training-missing-${slug}"
      description    = "No training of ${slug} has finished for ${var.training_alarm_days} days. The champion stays in service, but is not renewed. See RUNBOOK.md#training-missing"
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
      description = "A stored model of ${slug} was refused: its hash or format is not what was registered. predict uses the last model in memory, or else the base rate; score stores no forecasts. See RUNBOOK.md#model-refused"
      namespace   = local.metric_namespace
      metric      = "ModelRefused"
      dimensions  = { Series = slug }
    } }

    evidence = { for slug in local.slugs : slug => {
      name           = "${var.name}-evidence-${slug}"
      description    = "A rule requested retraining of ${slug}: the champion is worse than climatology or than its hold-out, or the market has shifted severely. The alert of score has the numbers. See RUNBOOK.md#evidence"
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
