variable "name" {
  description = "Name of the function and prefix of everything that belongs to it."
  type        = string
}

variable "description" {
  description = "What the function does, in one line."
  type        = string
}

variable "package" {
  description = "Path of the zip that holds the `bootstrap` executable."
  type        = string
}

variable "architecture" {
  description = "What the executable was built for: arm64 or x86_64."
  type        = string
}

variable "memory_mb" {
  description = "Memory in MiB; the share of CPU grows with it (one core at 1769)."
  type        = number
}

variable "timeout_seconds" {
  description = "Longest run of one invocation, in seconds."
  type        = number
}

variable "reserved_concurrency" {
  description = "Invocations that may run at once; null leaves the function in the account's shared pool."
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
  description = "How long CloudWatch keeps the function's log."
  type        = number
}

variable "statements" {
  description = "What the function may do besides writing its log and its dead letters. Actions and resources are named in full."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
    # Operator => condition key => values.
    conditions = optional(map(map(list(string))), {})
  }))

  validation {
    condition     = alltrue(flatten([for s in var.statements : [for a in s.actions : !strcontains(a, "*")]]))
    error_message = "An action is named in full, without a wildcard."
  }

  validation {
    condition     = alltrue(flatten([for s in var.statements : [for r in s.resources : r != "*"]]))
    error_message = "A resource is named; `*` is refused."
  }
}

variable "asynchronous" {
  description = "How failed asynchronous invocations are retried; null for a function that is only called synchronously, which then has no dead-letter queue."
  type = object({
    retries           = number
    max_event_seconds = number
  })
  default = null
}

variable "require_tls" {
  description = "Whether the dead-letter queue refuses requests without TLS."
  type        = bool
}

variable "dead_letter_sources" {
  description = "Service principal => ARN of the rule or topic that may put what it cannot deliver into the function's dead-letter queue."
  type        = map(string)
  default     = {}
}
