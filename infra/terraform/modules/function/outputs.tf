output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "invoke_arn" {
  description = "ARN with which API Gateway invokes the function."
  value       = aws_lambda_function.this.invoke_arn
}

output "reserved_concurrency" {
  description = "Reserved concurrency; -1 for the shared pool of the account."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = module.role.arn
}

output "environment" {
  description = "Environment variables of the function."
  value       = aws_lambda_function.this.environment[0].variables
}

output "policy" {
  description = "Complete policy of the role, as JSON."
  value       = module.role.policy
}

output "log_group" {
  description = "Name of the function's log group and its retention in days."
  value = {
    name           = aws_cloudwatch_log_group.this.name
    retention_days = aws_cloudwatch_log_group.this.retention_in_days
  }
}

output "dead_letter_queue" {
  description = "ARN, URL, name and policy (JSON) of the dead-letter queue; null without one."
  value = one([for queue in aws_sqs_queue.dead_letters : {
    arn    = queue.arn
    url    = queue.url
    name   = queue.name
    policy = queue.policy
  }])
}

output "failure_destination" {
  description = "ARN of the queue for failed asynchronous invocations, and the number of retries; null without a queue."
  value = one([for config in aws_lambda_function_event_invoke_config.this : {
    arn     = config.destination_config[0].on_failure[0].destination
    retries = config.maximum_retry_attempts
  }])
}
