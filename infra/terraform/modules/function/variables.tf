variable "name" {
  description = "Name of the function, and prefix of the names of its resources."
  type        = string
}

variable "description" {
  description = "Purpose of the function, in one line."
  type        = string
}

variable "package" {
  description = "Path of the zip with the `bootstrap` executable."
  type        = string
}

variable "architecture" {
  description = "Processor architecture of the executable: arm64 or x86_64."
  type        = string
}

variable "memory_mb" {
  description = "Memory in MiB. CPU grows with it: 1769 MiB correspond to one core."
  type        = number
}

variable "timeout_seconds" {
  description = "Time-out of an invocation, in seconds."
  type        = number
}

variable "reserved_concurrency" {
  description = "Reserved concurrency; null for the shared pool of the account."
  type        = number
  default     = null
}

variable "tracing_mode" {
  description = "X-Ray tracing: PassThrough or Active."
  type        = string
}

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the log."
  type        = number
}

variable "statements" {
  description = "Permissions of the function, besides writing its log and its dead letters. Actions and resources are named in full."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    # Operator => condition key => values.
    conditions = optional(map(map(list(string))), {})
  }))

  validation {
    condition     = alltrue(flatten([for s in var.statements : [for a in s.actions : !strcontains(a, "*")]]))
    error_message = "Name each action in full, without a wildcard."
  }

  validation {
    condition     = alltrue(flatten([for s in var.statements : [for r in s.resources : r != "*"]]))
    error_message = "Name each resource; `*` is not allowed."
  }
}

variable "asynchronous" {
  description = "Retries of failed asynchronous invocations. Null for a function that is invoked synchronously only; it has no dead-letter queue."
  type = object({
    retries           = number
    max_event_seconds = number
  })
  default = null
}

variable "require_tls" {
  description = "True if the dead-letter queue refuses requests without TLS."
  type        = bool
}

variable "dead_letter_sources" {
  description = "Service principal => ARN of the rule or topic that may send undelivered events to the dead-letter queue."
  type        = map(string)
  default     = {}
}
