output "api_url" {
  description = "Base URL of the HTTP API."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "api_routes" {
  description = "Route of the API => its authorisation, NONE or AWS_IAM."
  value       = { for key, route in aws_apigatewayv2_route.this : key => route.authorization_type }
}

output "api_execution_arn" {
  description = "ARN that a caller's policy allows execute-api:Invoke on, followed by /STAGE/METHOD/PATH; the stage is $default."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "concurrency" {
  description = "Function => executions that are reserved for it, null in the account's shared pool; and what the API lets through."
  value       = { reserved = local.reserved_concurrency, throttle = local.throttle }

  precondition {
    # Stopping a function takes nothing from the account, so 0 is always possible.
    condition     = sum([for n in values(local.reserved_concurrency) : n == null ? 0 : n]) <= max(0, var.account_concurrency - local.unreservable)
    error_message = "The functions reserve ${sum([for n in values(local.reserved_concurrency) : n == null ? 0 : n])} of the account's ${var.account_concurrency} executions (account_concurrency), and AWS keeps ${local.unreservable} unreserved. Reserve less in function_settings, or ask for more in Service Quotas (Lambda, L-B99A9384) and set account_concurrency."
  }

  precondition {
    condition     = local.throttle.compute == null ? true : local.throttle.compute.rate_per_second <= local.throttle.rate_per_second
    error_message = "The routes that run a model are throttled less (throttle.compute) than the others (${local.throttle.rate_per_second} a second): they cost most."
  }
}

output "series" {
  description = "Slugs of the configured series; the first is the default."
  value       = local.slugs
}

output "bucket" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this["data"].bucket
}

output "bus_name" {
  description = "Name of the event bus."
  value       = aws_cloudwatch_event_bus.this.name
}

output "alert_topic_arn" {
  description = "ARN of the topic that carries drift alerts and alarms."
  value       = aws_sns_topic.alerts.arn
}

output "function_names" {
  description = "Function => its name on Lambda."
  value       = { for name, function in module.function : name => function.name }
}

output "table_names" {
  description = "Table => its name on DynamoDB."
  value       = { for name, table in aws_dynamodb_table.this : name => table.name }
}

output "dead_letter_queue_urls" {
  description = "Function => URL of its dead-letter queue."
  value       = { for name in local.queue_functions : name => module.function[name].dead_letter_queue.url }
}

output "log_groups" {
  description = "Function => its log group."
  value       = { for name, function in module.function : name => function.log_group.name }
}

output "api_log_group" {
  description = "The access log of the API."
  value       = aws_cloudwatch_log_group.api.name
}

output "audit_log_group" {
  description = "The log of who wrote objects and registry items, or null without audit_writes."
  value       = one(aws_cloudwatch_log_group.audit[*].name)
}

output "alarm_names" {
  description = "Names of the alarms; each is explained in RUNBOOK.md."
  value       = sort([for alarm in local.alarm_resources : alarm.alarm_name])
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "schedule_names" {
  description = "What starts by itself => name of its schedule, in the schedule group of the same name as the system."
  value       = { for name, schedule in aws_scheduler_schedule.this : name => schedule.name }
}

output "ingest_rule_names" {
  description = "Names of the schedules that fetch bars."
  value       = [for name, schedule in aws_scheduler_schedule.this : schedule.name if startswith(name, "ingest-")]
}
