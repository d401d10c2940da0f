output "api_url" {
  description = "Base URL of the HTTP API."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "api_routes" {
  description = "Route of the API => authorisation, NONE or AWS_IAM."
  value       = { for key, route in merge(aws_apigatewayv2_route.this, aws_apigatewayv2_route.track) : key => route.authorization_type }
}

output "tracking_tokens_secret" {
  description = "Name of the secret with the tokens of callers of MLflow's REST API; null with signed requests."
  value       = one(aws_secretsmanager_secret.tracking_tokens[*].name)
}

output "api_execution_arn" {
  description = "ARN prefix for execute-api:Invoke in the policy of a caller, followed by /$default/METHOD/PATH."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "concurrency" {
  description = "Reserved concurrency of each function, null for the shared pool, and the throttle of the API."
  value       = { reserved = local.reserved_concurrency, throttle = local.throttle }

  precondition {
    # 0 stops a function and reserves nothing, so it is always accepted.
    condition     = sum([for n in values(local.reserved_concurrency) : n == null ? 0 : n]) <= max(0, var.account_concurrency - local.unreservable)
    error_message = "The reserved concurrency of the functions is ${sum([for n in values(local.reserved_concurrency) : n == null ? 0 : n])} of ${var.account_concurrency} executions (account_concurrency), of which AWS keeps ${local.unreservable} unreserved. Reduce reserved_concurrency in function_settings, or request a higher limit in Service Quotas (Lambda, L-B99A9384) and set account_concurrency."
  }

  precondition {
    condition     = local.throttle.compute == null ? true : local.throttle.compute.rate_per_second <= local.throttle.rate_per_second
    error_message = "throttle.compute must not allow more requests per second than the other routes have (${local.throttle.rate_per_second}), because its routes cost most."
  }
}

output "series" {
  description = "Slugs of the configured series; the first is the default."
  value       = local.slugs
}

output "bucket" {
  description = "Name of the data bucket."
  value       = aws_s3_bucket.this["data"].bucket
}

output "bus_name" {
  description = "Name of the event bus."
  value       = aws_cloudwatch_event_bus.this.name
}

output "alert_topic_arn" {
  description = "ARN of the topic for alerts and alarms."
  value       = aws_sns_topic.alerts.arn
}

output "function_names" {
  description = "Function => name on Lambda."
  value       = { for name, function in module.function : name => function.name }
}

output "table_names" {
  description = "Table => name on DynamoDB."
  value       = { for name, table in aws_dynamodb_table.this : name => table.name }
}

output "dead_letter_queue_urls" {
  description = "Function => URL of its dead-letter queue."
  value       = { for name in local.queue_functions : name => module.function[name].dead_letter_queue.url }
}

output "log_groups" {
  description = "Function => log group, with name and retention in days."
  value       = { for name, function in module.function : name => function.log_group.name }
}

output "api_log_group" {
  description = "Log group of the access log of the API."
  value       = aws_cloudwatch_log_group.api.name
}

output "audit_log_group" {
  description = "Log group with the writes of objects and registry items; null without audit_writes."
  value       = one(aws_cloudwatch_log_group.audit[*].name)
}

output "alarm_names" {
  description = "Names of the alarms; RUNBOOK.md explains each."
  value       = sort([for alarm in local.alarm_resources : alarm.alarm_name])
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "schedule_names" {
  description = "Names of all schedules. Their schedule group has the value of the variable name."
  value       = { for name, schedule in aws_scheduler_schedule.this : name => schedule.name }
}

output "ingest_rule_names" {
  description = "Names of the ingest schedules."
  value       = [for name, schedule in aws_scheduler_schedule.this : schedule.name if startswith(name, "ingest-")]
}
