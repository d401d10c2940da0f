# Names, thresholds and descriptions of all alarms, as operators see them. Note a change in CHANGELOG.md.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "names_and_thresholds" {
  assert {
    # Metric, dimensions, statistic, period, datapoints of periods, comparison, threshold, treatment of missing data.
    condition = { for alarm in local.alarm_resources : alarm.alarm_name => join(" ", [
      coalesce(alarm.namespace, "-"),
      coalesce(alarm.metric_name, "-"),
      join(",", [for name, value in coalesce(alarm.dimensions, {}) : "${name}=${value}"]),
      coalesce(alarm.statistic, alarm.extended_statistic, "expression"),
      "${coalesce(alarm.period, 0)}s",
      "${coalesce(alarm.datapoints_to_alarm, alarm.evaluation_periods)}/${alarm.evaluation_periods}",
      alarm.comparison_operator,
      alarm.threshold,
      alarm.treat_missing_data,
      ]) } == {
      weathervane-api-errors                       = "- -  expression 0s 1/1 GreaterThanThreshold 1 notBreaching"
      weathervane-api-slow                         = "AWS/ApiGateway Latency ApiId=mock p99 300s 3/3 GreaterThanThreshold 1000 notBreaching"
      weathervane-evidence-eth-usd-1d-h1           = "Weathervane AlertAction Series=eth-usd-1d-h1 Maximum 3600s 1/1 GreaterThanOrEqualToThreshold 3 ignore"
      weathervane-evidence-eth-usd-1d-h7           = "Weathervane AlertAction Series=eth-usd-1d-h7 Maximum 3600s 1/1 GreaterThanOrEqualToThreshold 3 ignore"
      weathervane-evidence-eth-usd-1h-h1           = "Weathervane AlertAction Series=eth-usd-1h-h1 Maximum 3600s 1/1 GreaterThanOrEqualToThreshold 3 ignore"
      weathervane-evidence-eth-usd-1h-h24          = "Weathervane AlertAction Series=eth-usd-1h-h24 Maximum 3600s 1/1 GreaterThanOrEqualToThreshold 3 ignore"
      weathervane-forecasts-missing-eth-usd-1d-h1  = "Weathervane ForecastsMade Series=eth-usd-1d-h1 Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-forecasts-missing-eth-usd-1d-h7  = "Weathervane ForecastsMade Series=eth-usd-1d-h7 Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-forecasts-missing-eth-usd-1h-h1  = "Weathervane ForecastsMade Series=eth-usd-1h-h1 Sum 3600s 4/4 LessThanThreshold 1 breaching"
      weathervane-forecasts-missing-eth-usd-1h-h24 = "Weathervane ForecastsMade Series=eth-usd-1h-h24 Sum 3600s 4/4 LessThanThreshold 1 breaching"
      weathervane-ingest-dead-letters              = "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=weathervane-ingest-dead-letters Maximum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-ingest-errors                    = "AWS/Lambda Errors FunctionName=weathervane-ingest Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-ingest-stale-eth-usd-1d          = "Weathervane IngestSucceeded Interval=1d,Symbol=ETH-USD Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-ingest-stale-eth-usd-1h          = "Weathervane IngestSucceeded Interval=1h,Symbol=ETH-USD Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-ingest-throttles                 = "AWS/Lambda Throttles FunctionName=weathervane-ingest Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-ledger-unavailable               = "Weathervane QualityReportUnavailable Function=predict Sum 300s 2/3 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1d-h1      = "Weathervane ModelRefused Series=eth-usd-1d-h1 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1d-h7      = "Weathervane ModelRefused Series=eth-usd-1d-h7 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1h-h1      = "Weathervane ModelRefused Series=eth-usd-1h-h1 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1h-h24     = "Weathervane ModelRefused Series=eth-usd-1h-h24 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-unavailable                = "Weathervane ModelUnavailable Function=predict Sum 300s 2/3 GreaterThanThreshold 0 notBreaching"
      weathervane-predict-errors                   = "AWS/Lambda Errors FunctionName=weathervane-predict Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-track-errors                     = "AWS/Lambda Errors FunctionName=weathervane-track Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-predict-slow                     = "AWS/Lambda Duration FunctionName=weathervane-predict Maximum 300s 1/1 GreaterThanThreshold 9000 notBreaching"
      weathervane-track-slow                       = "AWS/Lambda Duration FunctionName=weathervane-track Maximum 300s 1/1 GreaterThanThreshold 26100 notBreaching"
      weathervane-predict-throttles                = "AWS/Lambda Throttles FunctionName=weathervane-predict Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-track-throttles                  = "AWS/Lambda Throttles FunctionName=weathervane-track Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-score-dead-letters               = "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=weathervane-score-dead-letters Maximum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-score-errors                     = "AWS/Lambda Errors FunctionName=weathervane-score Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-score-slow                       = "AWS/Lambda Duration FunctionName=weathervane-score Maximum 300s 1/1 GreaterThanThreshold 270000 notBreaching"
      weathervane-score-throttles                  = "AWS/Lambda Throttles FunctionName=weathervane-score Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-train-dead-letters               = "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=weathervane-train-dead-letters Maximum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-train-errors                     = "AWS/Lambda Errors FunctionName=weathervane-train Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-train-slow                       = "AWS/Lambda Duration FunctionName=weathervane-train Maximum 300s 1/1 GreaterThanThreshold 810000 notBreaching"
      weathervane-train-throttles                  = "AWS/Lambda Throttles FunctionName=weathervane-train Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-training-failed-eth-usd-1d-h1    = "Weathervane TrainingFailed Series=eth-usd-1d-h1 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-training-failed-eth-usd-1d-h7    = "Weathervane TrainingFailed Series=eth-usd-1d-h7 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-training-failed-eth-usd-1h-h1    = "Weathervane TrainingFailed Series=eth-usd-1h-h1 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-training-failed-eth-usd-1h-h24   = "Weathervane TrainingFailed Series=eth-usd-1h-h24 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-training-missing-eth-usd-1d-h1   = "Weathervane TrainingFinished Series=eth-usd-1d-h1 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-training-missing-eth-usd-1d-h7   = "Weathervane TrainingFinished Series=eth-usd-1d-h7 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-training-missing-eth-usd-1h-h1   = "Weathervane TrainingFinished Series=eth-usd-1h-h1 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-training-missing-eth-usd-1h-h24  = "Weathervane TrainingFinished Series=eth-usd-1h-h24 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-window-unavailable               = "Weathervane WindowUnavailable Function=predict Sum 300s 2/3 GreaterThanThreshold 0 notBreaching"
    }
    error_message = "Names, metrics and thresholds of alarms must not change."
  }
}

run "descriptions" {
  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1 }]
  }

  assert {
    condition = { for alarm in local.alarm_resources : alarm.alarm_name => alarm.alarm_description } == {
      weathervane-api-errors                      = "More than 1 % of the API's responses in 5 minutes, and at least 3, had status 500 or above. See RUNBOOK.md#api-errors"
      weathervane-api-slow                        = "The p99 latency of the API was above 1000 ms for 15 minutes. See RUNBOOK.md#api-slow"
      weathervane-evidence-eth-usd-1d-h1          = "A rule requested retraining of eth-usd-1d-h1: the champion is worse than climatology or than its hold-out, or the market has shifted severely. The alert of score has the numbers. See RUNBOOK.md#evidence"
      weathervane-forecasts-missing-eth-usd-1d-h1 = "No forecast of eth-usd-1d-h1 has been stored for 26 hours. Either new bars are missing, score fails, or the series has no champion. See RUNBOOK.md#forecasts-missing"
      weathervane-ingest-dead-letters             = "The dead-letter queue of ingest has messages: events failed all retries, and their work is not done. Each message has the event and the error, and is kept for 14 days. See RUNBOOK.md#dead-letters"
      weathervane-ingest-errors                   = "At least one invocation of ingest failed in 5 minutes. A queued event is retried twice. The log has the cause. See RUNBOOK.md#function-errors"
      weathervane-ingest-stale-eth-usd-1d         = "No ingest of ETH-USD 1d has succeeded for 26 hours. Forecasts use old bars, and abstain when these expire. See RUNBOOK.md#ingest-stale"
      weathervane-ingest-throttles                = "Lambda throttled ingest: the concurrency of the account or of the function is used up. Its events are retried for up to 6 hours. See RUNBOOK.md#function-throttles"
      weathervane-ledger-unavailable              = "predict could not read a quality report in 2 of 3 periods of 5 minutes. It serves the last copy in memory, or else no report, and adds a warning. See RUNBOOK.md#serving-degraded"
      weathervane-model-refused-eth-usd-1d-h1     = "A stored model of eth-usd-1d-h1 was refused: its hash or format is not what was registered. predict uses the last model in memory, or else the base rate; score stores no forecasts. See RUNBOOK.md#model-refused"
      weathervane-model-unavailable               = "predict could not read a model in 2 of 3 periods of 5 minutes. It serves the last copy in memory, or else the base rate, and adds a warning. See RUNBOOK.md#serving-degraded"
      weathervane-predict-errors                  = "At least one invocation of predict failed in 5 minutes. The caller received an error. The log has the cause. See RUNBOOK.md#function-errors"
      weathervane-track-errors                    = "At least one invocation of track failed in 5 minutes. The caller received an error. The log has the cause. See RUNBOOK.md#function-errors"
      weathervane-predict-slow                    = "An invocation of predict took more than 90 % of its time-out of 10 s. At the time-out Lambda ends an invocation. See RUNBOOK.md#function-slow"
      weathervane-track-slow                      = "An invocation of track took more than 90 % of its time-out of 29 s. At the time-out Lambda ends an invocation. See RUNBOOK.md#function-slow"
      weathervane-predict-throttles               = "Lambda throttled predict: the concurrency of the account or of the function is used up. Callers received status 503. See RUNBOOK.md#function-throttles"
      weathervane-track-throttles                 = "Lambda throttled track: the concurrency of the account or of the function is used up. Callers received status 503. See RUNBOOK.md#function-throttles"
      weathervane-score-dead-letters              = "The dead-letter queue of score has messages: events failed all retries, and their work is not done. Each message has the event and the error, and is kept for 14 days. See RUNBOOK.md#dead-letters"
      weathervane-score-errors                    = "At least one invocation of score failed in 5 minutes. A queued event is retried twice. The log has the cause. See RUNBOOK.md#function-errors"
      weathervane-score-slow                      = "An invocation of score took more than 90 % of its time-out of 300 s. At the time-out Lambda ends an invocation. See RUNBOOK.md#function-slow"
      weathervane-score-throttles                 = "Lambda throttled score: the concurrency of the account or of the function is used up. Its events are retried for up to 6 hours. See RUNBOOK.md#function-throttles"
      weathervane-train-dead-letters              = "The dead-letter queue of train has messages: events failed all retries, and their work is not done. Each message has the event and the error, and is kept for 14 days. See RUNBOOK.md#dead-letters"
      weathervane-train-errors                    = "At least one invocation of train failed in 5 minutes. A queued event is retried twice. The log has the cause. See RUNBOOK.md#function-errors"
      weathervane-train-slow                      = "An invocation of train took more than 90 % of its time-out of 900 s. At the time-out Lambda ends an invocation. See RUNBOOK.md#function-slow"
      weathervane-train-throttles                 = "Lambda throttled train: the concurrency of the account or of the function is used up. Its events are retried for up to 6 hours. See RUNBOOK.md#function-throttles"
      weathervane-training-failed-eth-usd-1d-h1   = "A training of eth-usd-1d-h1 failed. The champion stays in service. The run record and the log of train have the error. See RUNBOOK.md#training-failed"
      weathervane-training-missing-eth-usd-1d-h1  = "No training of eth-usd-1d-h1 has finished for 7 days. The champion stays in service, but is not renewed. See RUNBOOK.md#training-missing"
      weathervane-window-unavailable              = "predict could not read a bar window in 2 of 3 periods of 5 minutes. It serves the last copy in memory, or else the base rate, and adds a warning. See RUNBOOK.md#serving-degraded"
    }
    error_message = "Descriptions of alarms must not change."
  }
}
