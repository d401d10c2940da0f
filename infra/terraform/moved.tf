# Earlier addresses of resources. Without these blocks Terraform would destroy a resource and create another under the
# same name; of two with one name, the destruction can come last. They can go when no state from before 1.0 is left.

moved {
  from = aws_cloudwatch_metric_alarm.function_errors
  to   = module.alarm["function_errors"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.function_throttles
  to   = module.alarm["function_throttles"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.function_slow
  to   = module.alarm["function_slow"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letters
  to   = module.alarm["dead_letters"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.api_slow
  to   = module.alarm["api_slow"].aws_cloudwatch_metric_alarm.this["api"]
}

moved {
  from = aws_cloudwatch_metric_alarm.serving_degraded
  to   = module.alarm["serving_degraded"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.ingest_stale
  to   = module.alarm["ingest_stale"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.forecasts_missing
  to   = module.alarm["forecasts_missing"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.training_failed
  to   = module.alarm["training_failed"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.training_missing
  to   = module.alarm["training_missing"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.model_refused
  to   = module.alarm["model_refused"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_cloudwatch_metric_alarm.evidence
  to   = module.alarm["evidence"].aws_cloudwatch_metric_alarm.this
}

moved {
  from = aws_s3_bucket.this
  to   = aws_s3_bucket.this["data"]
}

moved {
  from = aws_s3_bucket.audit[0]
  to   = aws_s3_bucket.this["audit"]
}

moved {
  from = aws_s3_bucket_versioning.this
  to   = aws_s3_bucket_versioning.this["data"]
}

moved {
  from = aws_s3_bucket_versioning.audit[0]
  to   = aws_s3_bucket_versioning.this["audit"]
}

moved {
  from = aws_s3_bucket_server_side_encryption_configuration.this
  to   = aws_s3_bucket_server_side_encryption_configuration.this["data"]
}

moved {
  from = aws_s3_bucket_server_side_encryption_configuration.audit[0]
  to   = aws_s3_bucket_server_side_encryption_configuration.this["audit"]
}

moved {
  from = aws_s3_bucket_ownership_controls.this
  to   = aws_s3_bucket_ownership_controls.this["data"]
}

moved {
  from = aws_s3_bucket_ownership_controls.audit[0]
  to   = aws_s3_bucket_ownership_controls.this["audit"]
}

moved {
  from = aws_s3_bucket_public_access_block.this
  to   = aws_s3_bucket_public_access_block.this["data"]
}

moved {
  from = aws_s3_bucket_public_access_block.audit[0]
  to   = aws_s3_bucket_public_access_block.this["audit"]
}

moved {
  from = aws_s3_bucket_policy.this[0]
  to   = aws_s3_bucket_policy.this["data"]
}

moved {
  from = aws_s3_bucket_policy.audit[0]
  to   = aws_s3_bucket_policy.this["audit"]
}

moved {
  from = aws_s3_bucket_lifecycle_configuration.this[0]
  to   = aws_s3_bucket_lifecycle_configuration.this["data"]
}

moved {
  from = aws_s3_bucket_lifecycle_configuration.audit[0]
  to   = aws_s3_bucket_lifecycle_configuration.this["audit"]
}

moved {
  from = aws_iam_role.scheduler
  to   = module.scheduler_role.aws_iam_role.this
}

moved {
  from = aws_iam_role.audit[0]
  to   = module.audit_role[0].aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.scheduler
  to   = module.scheduler_role.aws_iam_role_policy.this
}

moved {
  from = aws_iam_role_policy.audit[0]
  to   = module.audit_role[0].aws_iam_role_policy.this
}
