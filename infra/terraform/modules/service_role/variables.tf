variable "name" {
  description = "Name of the role."
  type        = string
}

variable "description" {
  description = "Purpose of the role, in one line."
  type        = string
}

variable "service" {
  description = "Service principal that assumes the role, such as lambda.amazonaws.com."
  type        = string
}

variable "source_conditions" {
  description = "Condition key => value that a request to assume the role must have, such as aws:SourceAccount; empty for none."
  type        = map(string)
  default     = {}
}

variable "statements" {
  description = "All permissions of the role."
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
}
