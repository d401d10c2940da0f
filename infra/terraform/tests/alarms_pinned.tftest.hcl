# Names, thresholds and descriptions of all alarms. A change here is a change of what an operator sees: note it in
# CHANGELOG.md.

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
      weathervane-evidence-eth-usd-1h-h24          = "Weathervane AlertAction Series=eth-usd-1h-h24 Maximum 3600s 1/1 GreaterThanOrEqualToThreshold 3 ignore"
      weathervane-forecasts-missing-eth-usd-1d-h1  = "Weathervane ForecastsMade Series=eth-usd-1d-h1 Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-forecasts-missing-eth-usd-1d-h7  = "Weathervane ForecastsMade Series=eth-usd-1d-h7 Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-forecasts-missing-eth-usd-1h-h24 = "Weathervane ForecastsMade Series=eth-usd-1h-h24 Sum 3600s 4/4 LessThanThreshold 1 breaching"
      weathervane-ingest-dead-letters              = "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=weathervane-ingest-dead-letters Maximum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-ingest-errors                    = "AWS/Lambda Errors FunctionName=weathervane-ingest Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-ingest-stale-eth-usd-1d          = "Weathervane IngestSucceeded Interval=1d,Symbol=ETH-USD Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-ingest-stale-eth-usd-1h          = "Weathervane IngestSucceeded Interval=1h,Symbol=ETH-USD Sum 3600s 26/26 LessThanThreshold 1 breaching"
      weathervane-ingest-throttles                 = "AWS/Lambda Throttles FunctionName=weathervane-ingest Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-ledger-unavailable               = "Weathervane LedgerUnavailable Function=predict Sum 300s 2/3 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1d-h1      = "Weathervane ModelRefused Series=eth-usd-1d-h1 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1d-h7      = "Weathervane ModelRefused Series=eth-usd-1d-h7 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-refused-eth-usd-1h-h24     = "Weathervane ModelRefused Series=eth-usd-1h-h24 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-model-unavailable                = "Weathervane ModelUnavailable Function=predict Sum 300s 2/3 GreaterThanThreshold 0 notBreaching"
      weathervane-predict-errors                   = "AWS/Lambda Errors FunctionName=weathervane-predict Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-predict-slow                     = "AWS/Lambda Duration FunctionName=weathervane-predict Maximum 300s 1/1 GreaterThanThreshold 9000 notBreaching"
      weathervane-predict-throttles                = "AWS/Lambda Throttles FunctionName=weathervane-predict Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
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
      weathervane-training-failed-eth-usd-1h-h24   = "Weathervane TrainingFailed Series=eth-usd-1h-h24 Sum 300s 1/1 GreaterThanThreshold 0 notBreaching"
      weathervane-training-missing-eth-usd-1d-h1   = "Weathervane TrainingFinished Series=eth-usd-1d-h1 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-training-missing-eth-usd-1d-h7   = "Weathervane TrainingFinished Series=eth-usd-1d-h7 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-training-missing-eth-usd-1h-h24  = "Weathervane TrainingFinished Series=eth-usd-1h-h24 Sum 86400s 7/7 LessThanThreshold 1 breaching"
      weathervane-window-unavailable               = "Weathervane WindowUnavailable Function=predict Sum 300s 2/3 GreaterThanThreshold 0 notBreaching"
    }
    error_message = "An alarm's name, metric or threshold has changed."
  }
}

run "descriptions" {
  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1 }]
  }

  assert {
    condition = { for alarm in local.alarm_resources : alarm.alarm_name => alarm.alarm_description } == {
      weathervane-api-errors                      = "More than 1 % of the API's answers in 5 minutes, and at least 3, had a status of 500 or above. RUNBOOK.md#api-errors"
      weathervane-api-slow                        = "One answer in a hundred took the API longer than 1000 ms, for 15 minutes. RUNBOOK.md#api-slow"
      weathervane-evidence-eth-usd-1d-h1          = "There is evidence that asks for a training of eth-usd-1d-h1: its champion forecasts worse than climatology or than promised, or the market has shifted severely. RUNBOOK.md#evidence"
      weathervane-forecasts-missing-eth-usd-1d-h1 = "No forecast of eth-usd-1d-h1 has been stored for 26 hours: score is silent, or the series has no champion. RUNBOOK.md#forecasts-missing"
      weathervane-ingest-dead-letters             = "Work for ingest was given up. Each message in the queue holds the event and the error. RUNBOOK.md#dead-letters"
      weathervane-ingest-errors                   = "An invocation of ingest failed. Its log says why. RUNBOOK.md#function-errors"
      weathervane-ingest-stale-eth-usd-1d         = "No ingest of ETH-USD 1d has succeeded for 26 hours: forecasts are growing old. RUNBOOK.md#ingest-stale"
      weathervane-ingest-throttles                = "Lambda refused to start ingest: the account's or the function's concurrency is used up. RUNBOOK.md#function-throttles"
      weathervane-ledger-unavailable              = "predict could not read its ledger again and again: it answers from memory or with the base rate, and with a warning. RUNBOOK.md#serving-degraded"
      weathervane-model-refused-eth-usd-1d-h1     = "A stored model of eth-usd-1d-h1 did not match its registered hash or format and was refused; the series abstains or keeps its last model. RUNBOOK.md#model-refused"
      weathervane-model-unavailable               = "predict could not read its model again and again: it answers from memory or with the base rate, and with a warning. RUNBOOK.md#serving-degraded"
      weathervane-predict-errors                  = "An invocation of predict failed. Its log says why. RUNBOOK.md#function-errors"
      weathervane-predict-slow                    = "An invocation of predict took more than 90 % of its 10 s: soon one will be cut off. RUNBOOK.md#function-slow"
      weathervane-predict-throttles               = "Lambda refused to start predict: the account's or the function's concurrency is used up. RUNBOOK.md#function-throttles"
      weathervane-score-dead-letters              = "Work for score was given up. Each message in the queue holds the event and the error. RUNBOOK.md#dead-letters"
      weathervane-score-errors                    = "An invocation of score failed. Its log says why. RUNBOOK.md#function-errors"
      weathervane-score-slow                      = "An invocation of score took more than 90 % of its 300 s: soon one will be cut off. RUNBOOK.md#function-slow"
      weathervane-score-throttles                 = "Lambda refused to start score: the account's or the function's concurrency is used up. RUNBOOK.md#function-throttles"
      weathervane-train-dead-letters              = "Work for train was given up. Each message in the queue holds the event and the error. RUNBOOK.md#dead-letters"
      weathervane-train-errors                    = "An invocation of train failed. Its log says why. RUNBOOK.md#function-errors"
      weathervane-train-slow                      = "An invocation of train took more than 90 % of its 900 s: soon one will be cut off. RUNBOOK.md#function-slow"
      weathervane-train-throttles                 = "Lambda refused to start train: the account's or the function's concurrency is used up. RUNBOOK.md#function-throttles"
      weathervane-training-failed-eth-usd-1d-h1   = "A training of eth-usd-1d-h1 failed; the champion serves on. The run's record and train's log say why. RUNBOOK.md#training-failed"
      weathervane-training-missing-eth-usd-1d-h1  = "No training of eth-usd-1d-h1 has finished for 7 days: the model is growing old. RUNBOOK.md#training-missing"
      weathervane-window-unavailable              = "predict could not read its window again and again: it answers from memory or with the base rate, and with a warning. RUNBOOK.md#serving-degraded"
    }
    error_message = "An alarm's description has changed."
  }
}
