variable "alarms" {
  description = "Instance => alarm of one metric. The defaults fit a count of failures: one in five minutes is enough, and no data is good news."
  type = map(object({
    name        = string
    description = string
    namespace   = string
    metric      = string
    dimensions  = map(string)
    # A statistic of CloudWatch, or a percentile such as p99.
    statistic      = optional(string, "Sum")
    period_seconds = optional(number, 300)
    periods        = optional(number, 1)
    # Number of the last `periods` that must breach the threshold; null for all of them.
    breaching_periods = optional(number)
    comparison        = optional(string, "GreaterThanThreshold")
    threshold         = optional(number, 0)
    missing_data      = optional(string, "notBreaching")
    # False for an alarm that changes its state without a notification.
    notifies = optional(bool, true)
  }))

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : can(regex(" RUNBOOK\\.md#[a-z-]+$", alarm.description))])
    error_message = "A description must end with the section of RUNBOOK.md, such as RUNBOOK.md#ingest-stale."
  }
}

variable "topic_arn" {
  description = "ARN of the SNS topic that is notified when an alarm starts and when it ends."
  type        = string
}
