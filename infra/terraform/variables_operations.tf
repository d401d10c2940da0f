# The API

variable "cors_allowed_origins" {
  description = "Origins whose pages may call the API; none by default."
  type        = list(string)
  default     = []

  validation {
    # What a browser sends has no path and no slash at its end, so an origin with one would match nobody.
    condition     = alltrue([for origin in var.cors_allowed_origins : can(regex("^(\\*|https?://[^/?#\\s]+)$", origin))])
    error_message = "An origin is https://host or https://host:port, without a slash at its end, or *."
  }
}

variable "api_auth" {
  description = "Route group => who may call it: none (anybody, the default) or iam (who signs the request by Signature Version 4 and may execute-api:Invoke it). Groups: status (health, readiness, version, contract), read (pages, reports, forecasts), compute (forecasts for the caller's own bars). All that is in no group is as strict as the strictest."
  # A map and not an object, which would pass over a misspelt group and leave the meant one open.
  type = map(string)
  # Open: forecasts of a public market and their track record. No route changes anything, and what an open API can cost
  # is bounded by `throttle`.
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for group, auth in var.api_auth : contains(["status", "read", "compute"], group) && contains(["none", "iam"], auth)])
    error_message = "The groups are status, read and compute; each is none or iam."
  }
}

variable "throttle" {
  description = "Requests per second that the API lets through for long, and at once; under compute other limits for the routes that run a model on the caller's bars. Above them it answers 429. Null takes 20 and 40, or as many as predict may run at once where that is less (concurrency.tf)."
  type = object({
    rate_per_second = optional(number)
    burst           = optional(number)
    compute = optional(object({
      rate_per_second = number
      burst           = number
    }))
  })
  default  = {}
  nullable = false

  validation {
    # Nothing at all would be let through: to close the API there is api_auth.
    condition     = alltrue([for limit in [var.throttle, var.throttle.compute] : limit == null ? true : coalesce(limit.rate_per_second, 1) >= 1 && coalesce(limit.burst, 1) >= 1])
    error_message = "A limit lets at least one request through."
  }
}

# How long things are kept

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch knows 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, ... days."
  }
}

variable "object_retention_days" {
  description = "How long the raw answers of the sources and overwritten versions of objects are kept; null keeps all for ever and makes no lifecycle configuration."
  type = object({
    raw                = number
    noncurrent_version = number
  })
  default = { raw = 400, noncurrent_version = 90 }

  validation {
    condition     = var.object_retention_days == null ? true : var.object_retention_days.raw >= 1 && var.object_retention_days.noncurrent_version >= 1
    error_message = "A retention is at least one day."
  }
}

variable "audit_writes" {
  description = "Whether CloudTrail records who writes objects of the bucket and items of the registry (audit.tf). It costs 0.10 USD for 100,000 writes; hourly and daily bars make some 10,000 a month."
  type        = bool
  # Without it nobody can say who replaced a model, and it cannot be asked afterwards. It costs cents.
  default = true
}

variable "deletion_protection" {
  description = "Whether tables refuse to be deleted and the bucket to be deleted while it holds objects."
  type        = bool
  default     = true
}

# The alarms

variable "ingest_alarm_hours" {
  description = "Hours without a successful ingest after which the alarm rings."
  type        = number
  default     = 26

  validation {
    # CloudWatch looks back seven days at most.
    condition     = var.ingest_alarm_hours >= 2 && var.ingest_alarm_hours <= 168
    error_message = "Between 2 and 168 hours."
  }
}

variable "forecast_alarm_hours" {
  description = "Interval => hours without a new forecast of a series of it after which the alarm rings. A day's bar has time until the next one and two hours more, an hour's until three are late."
  type        = map(number)
  default     = { "1d" = 26, "1h" = 4 }

  validation {
    condition     = alltrue([for interval, hours in var.forecast_alarm_hours : contains(["1d", "1h"], interval) && hours >= 2 && hours <= 168])
    error_message = "Keys are 1d and 1h, values 2 to 168 hours: CloudWatch looks back seven days at most."
  }

  validation {
    condition     = alltrue([for s in var.series : contains(keys(var.forecast_alarm_hours), s.interval)])
    error_message = "Each interval of a series needs its hours."
  }
}

variable "training_alarm_days" {
  description = "Days without a finished training of a series after which the alarm rings, at most the 7 that CloudWatch looks back; null for series that are trained less often than weekly: no alarm."
  type        = number
  default     = 7

  validation {
    condition     = var.training_alarm_days == null ? true : contains(range(1, 8), var.training_alarm_days)
    error_message = "Between 1 and 7 days, or null."
  }
}

variable "api_alarm" {
  description = "When the API's alarms ring: the share of answers of 500 and above, in percent, and the time that 99 of 100 answers keep within, in milliseconds."
  type = object({
    # predict answers what it can even when nothing can be read, so one in a hundred is a fault and not a bad day.
    error_percent = optional(number, 1)
    # A warm answer takes milliseconds; a second is a cold start that had to wait for AWS.
    latency_p99_ms = optional(number, 1000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.api_alarm.error_percent >= 0 && var.api_alarm.error_percent < 100 && var.api_alarm.latency_p99_ms > 0
    error_message = "A share is 0 to 100 percent, a time above 0 ms."
  }
}
