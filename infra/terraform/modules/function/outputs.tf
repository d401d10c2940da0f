output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "invoke_arn" {
  description = "ARN by which API Gateway calls the function."
  value       = aws_lambda_function.this.invoke_arn
}

output "reserved_concurrency" {
  description = "Invocations that may run at once and that nothing else can take; -1 when the function shares the account's pool."
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
  description = "The role's whole policy, as JSON."
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
  description = "ARN, URL, name and policy (JSON) of the dead-letter queue, or null."
  value = one([for queue in aws_sqs_queue.dead_letters : {
    arn    = queue.arn
    url    = queue.url
    name   = queue.name
    policy = queue.policy
  }])
}

output "failure_destination" {
  description = "Where a finally failed asynchronous invocation goes, and after how many retries; or null."
  value = one([for config in aws_lambda_function_event_invoke_config.this : {
    arn     = config.destination_config[0].on_failure[0].destination
    retries = config.maximum_retry_attempts
  }])
}
