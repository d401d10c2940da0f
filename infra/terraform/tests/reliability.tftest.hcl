# Failed work is retried, and kept if all retries fail.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    condition     = toset(keys(output.dead_letter_queue_urls)) == toset(["ingest", "train", "score"])
    error_message = "Each function with asynchronous invocations must have a dead-letter queue."
  }

  assert {
    condition = alltrue([
      for name in ["ingest", "train", "score"] :
      module.function[name].failure_destination.arn == module.function[name].dead_letter_queue.arn && module.function[name].failure_destination.retries >= 1
    ])
    error_message = "A failed invocation must be retried, and then kept with its error."
  }

  assert {
    condition     = module.function["predict"].failure_destination == null
    error_message = "predict must have no failure destination; it is invoked synchronously only."
  }

  assert {
    condition = alltrue([
      for target in [aws_cloudwatch_event_target.bars_ingested, aws_cloudwatch_event_target.ingest_requested] :
      target.retry_policy[0].maximum_retry_attempts > 0 && target.dead_letter_config[0].arn != ""
    ])
    error_message = "Each target of a rule must have retries and a dead-letter queue."
  }

  assert {
    condition = alltrue([
      for schedule in aws_scheduler_schedule.this :
      schedule.target[0].retry_policy[0].maximum_retry_attempts > 0 && schedule.target[0].dead_letter_config[0].arn != ""
    ])
    error_message = "Each target of a schedule must have retries and a dead-letter queue."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.train.redrive_policy).deadLetterTargetArn == module.function["train"].dead_letter_queue.arn
    error_message = "Alerts that cannot be delivered to train must go to its dead-letter queue."
  }

  assert {
    condition     = alltrue([for name, function in module.function : function.log_group.retention_days == 30])
    error_message = "Function logs must have a retention."
  }

  assert {
    condition     = aws_cloudwatch_log_group.api.retention_in_days == 30
    error_message = "The access log must have a retention."
  }

  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this["data"].rule : rule.filter[0].prefix if length(rule.expiration) > 0] == ["raw/"]
    error_message = "Only raw responses must expire; bars, observations and quality reports are kept."
  }
}
