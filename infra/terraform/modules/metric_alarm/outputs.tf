output "alarms" {
  description = "Instance => alarm resource."
  value       = aws_cloudwatch_metric_alarm.this
}
