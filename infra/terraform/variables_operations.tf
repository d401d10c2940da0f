# HTTP API

variable "cors_allowed_origins" {
  description = "Origins whose pages may call the API."
  type        = list(string)
  default     = []

  validation {
    # Browsers send an origin without a path or a trailing slash, so one with them would never match.
    condition     = alltrue([for origin in var.cors_allowed_origins : can(regex("^(\\*|https?://[^/?#\\s]+)$", origin))])
    error_message = "An origin must be https://host or https://host:port, without a trailing slash, or *."
  }
}

variable "api_auth" {
  description = "Route group => authorisation: none (open, the default) or iam (requests signed with Signature Version 4, by callers that are allowed execute-api:Invoke). Groups: status (health, readiness, version, contract), read (pages, reports, forecasts), compute (forecasts for the caller's own bars). Other paths have the strictest authorisation of the groups."
  # An object would ignore a misspelt group, and leave the intended one open.
  type = map(string)
  # The forecasts are public, no route changes anything, and `throttle` limits the cost.
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for group, auth in var.api_auth : contains(["status", "read", "compute"], group) && contains(["none", "iam"], auth)])
    error_message = "The keys of api_auth must be status, read or compute, and the values none or iam."
  }
}

variable "tracking_auth" {
  description = "Way in which callers of MLflow's REST API are known: signed (Signature Version 4, by callers that are allowed execute-api:Invoke) or token (a bearer token, whose SHA-256 is in the secret `tracking_tokens_secret`)."
  type        = string
  # The routes write, so they are never open.
  default  = "signed"
  nullable = false

  validation {
    condition     = contains(["signed", "token"], var.tracking_auth)
    error_message = "tracking_auth must be signed or token."
  }
}

variable "throttle" {
  description = "Sustained requests per second and burst of the API; `compute` has separate limits for the routes of that group. Above the limits the API returns 429. Null means 20 and 40, or the concurrency of predict where that is lower (concurrency.tf)."
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
    # With 0 every request is refused. To close the API, use api_auth.
    condition     = alltrue([for limit in [var.throttle, var.throttle.compute] : limit == null ? true : coalesce(limit.rate_per_second, 1) >= 1 && coalesce(limit.burst, 1) >= 1])
    error_message = "The limits of throttle must be at least 1."
  }
}

# Retention

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps logs."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a value that CloudWatch supports: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, ..."
  }
}

variable "object_retention_days" {
  description = "Days for which raw responses of the sources, and overwritten versions of objects, are kept; null keeps all without limit."
  type = object({
    raw                = number
    noncurrent_version = number
  })
  default = { raw = 400, noncurrent_version = 90 }

  validation {
    condition     = var.object_retention_days == null ? true : var.object_retention_days.raw >= 1 && var.object_retention_days.noncurrent_version >= 1
    error_message = "Each value of object_retention_days must be at least 1."
  }
}

variable "audit_writes" {
  description = "True if CloudTrail records who writes objects of the data bucket and items of the registry (audit.tf). It costs 0.10 USD for 100,000 writes; hourly and daily bars of one symbol cause about 10,000 a month."
  type        = bool
  # Without it nobody can find out later who replaced a model.
  default = true
}

variable "deletion_protection" {
  description = "True if tables, and buckets with objects, cannot be deleted."
  type        = bool
  default     = true
}

# Alarms

variable "ingest_alarm_hours" {
  description = "Hours without a successful ingest after which the alarm ingest-stale starts."
  type        = number
  default     = 26

  validation {
    # CloudWatch evaluates seven days at most.
    condition     = var.ingest_alarm_hours >= 2 && var.ingest_alarm_hours <= 168
    error_message = "ingest_alarm_hours must be from 2 to 168."
  }
}

variable "forecast_alarm_hours" {
  description = "Interval => hours without a new forecast of a series after which the alarm forecasts-missing starts. The defaults allow 2 hours of delay for daily bars, and 3 missing hourly bars."
  type        = map(number)
  default     = { "1d" = 26, "1h" = 4 }

  validation {
    condition     = alltrue([for interval, hours in var.forecast_alarm_hours : contains(["1d", "1h"], interval) && hours >= 2 && hours <= 168])
    error_message = "The keys of forecast_alarm_hours must be 1d and 1h, and the values from 2 to 168 hours."
  }

  validation {
    condition     = alltrue([for s in var.series : contains(keys(var.forecast_alarm_hours), s.interval)])
    error_message = "forecast_alarm_hours must have a value for each interval of a series."
  }
}

variable "training_alarm_days" {
  description = "Days without a finished training of a series after which the alarm training-missing starts: 1 to 7, which is the most that CloudWatch evaluates. Null disables the alarm, for series that are trained less often than weekly."
  type        = number
  default     = 7

  validation {
    condition     = var.training_alarm_days == null ? true : contains(range(1, 8), var.training_alarm_days)
    error_message = "training_alarm_days must be a whole number from 1 to 7, or null."
  }
}

variable "api_alarm" {
  description = "Thresholds of the alarms of the API: responses with status 500 or above, in percent, and the p99 latency, in milliseconds."
  type = object({
    # predict responds without errors even when a store is not available, so 1 % is a fault.
    error_percent = optional(number, 1)
    # A warm response takes milliseconds; a second is a slow cold start.
    latency_p99_ms = optional(number, 1000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.api_alarm.error_percent >= 0 && var.api_alarm.error_percent < 100 && var.api_alarm.latency_p99_ms > 0
    error_message = "error_percent must be from 0 to below 100, and latency_p99_ms above 0."
  }
}
