# Series and sources

variable "series" {
  description = "Series to forecast. The first is the default of POST /predict. Schedules are EventBridge expressions in UTC."
  type = list(object({
    symbol         = string
    interval       = string
    horizon        = number
    train_schedule = optional(string, "cron(30 1 ? * SUN *)")
  }))
  default = [
    { symbol = "ETH-USD", interval = "1d", horizon = 1 },
    { symbol = "ETH-USD", interval = "1d", horizon = 7 },
    { symbol = "ETH-USD", interval = "1h", horizon = 24, train_schedule = "cron(45 1 ? * SUN *)" },
    { symbol = "ETH-USD", interval = "1h", horizon = 1, train_schedule = "cron(0 2 ? * SUN *)" },
  ]

  validation {
    condition     = length(var.series) > 0
    error_message = "series must have at least one element."
  }

  validation {
    condition     = alltrue([for s in var.series : can(regex("^[A-Z0-9]{2,10}-[A-Z0-9]{2,10}$", s.symbol))])
    error_message = "A symbol must be BASE-QUOTE in capitals, such as ETH-USD."
  }

  validation {
    condition     = alltrue([for s in var.series : contains(["1d", "1h"], s.interval)])
    error_message = "An interval must be 1d or 1h."
  }

  validation {
    condition     = alltrue([for s in var.series : s.horizon == floor(s.horizon) && s.horizon >= 1 && s.horizon <= 1000])
    error_message = "A horizon must be a whole number of bars from 1 to 1000."
  }

  validation {
    condition     = length(var.series) == length(distinct([for s in var.series : "${s.symbol} ${s.interval} ${s.horizon}"]))
    error_message = "series must not list a series twice."
  }

  validation {
    condition     = alltrue([for s in var.series : can(regex(local.schedule_pattern, s.train_schedule))])
    error_message = "Invalid train_schedule ${join(", ", [for s in var.series : s.train_schedule if !can(regex(local.schedule_pattern, s.train_schedule))])}: ${local.schedule_error}"
  }
}

variable "ingest_schedules" {
  description = "Interval => schedule of its ingest, in UTC. Leave a few minutes after the close of the bar, because exchanges publish late."
  type        = map(string)
  default = {
    "1d" = "cron(7 0 * * ? *)"
    "1h" = "cron(3 * * * ? *)"
  }

  validation {
    condition     = alltrue([for interval in keys(var.ingest_schedules) : contains(["1d", "1h"], interval)])
    error_message = "The keys of ingest_schedules must be 1d and 1h."
  }

  validation {
    condition     = alltrue([for expression in values(var.ingest_schedules) : can(regex(local.schedule_pattern, expression))])
    error_message = "Invalid ingest schedule ${join(", ", [for expression in values(var.ingest_schedules) : expression if !can(regex(local.schedule_pattern, expression))])}: ${local.schedule_error}"
  }

  validation {
    condition     = alltrue([for s in var.series : contains(keys(var.ingest_schedules), s.interval)])
    error_message = "ingest_schedules must have a schedule for each interval of a series."
  }
}

variable "schedules_enabled" {
  description = "True if the schedules run. With false everything is deployed, but nothing starts by itself."
  type        = bool
  default     = true
}

variable "sources" {
  description = "Market data sources in priority order."
  type        = list(string)
  default     = ["coinbase", "bitstamp", "kraken", "binance", "yahoo"]

  validation {
    condition     = length(var.sources) > 0 && alltrue([for s in var.sources : contains(["coinbase", "bitstamp", "kraken", "binance", "yahoo"], s)])
    error_message = "sources must list at least one of coinbase, bitstamp, kraken, binance and yahoo."
  }

  validation {
    # A source cannot cross-check itself.
    condition     = length(var.sources) == length(distinct(var.sources))
    error_message = "sources must not list a source twice."
  }
}

variable "source_cross_checks" {
  description = "Number of further sources that are fetched for every bar to verify the primary source: 0 to 2. Where they differ, more sources are fetched."
  type        = number
  default     = 1

  validation {
    condition     = contains([0, 1, 2], var.source_cross_checks)
    error_message = "source_cross_checks must be 0, 1 or 2."
  }
}

variable "source_tolerance" {
  description = "Largest accepted difference between the closes of two sources, as a fraction of the price: above 0 and at most 0.5. A larger one flags the bar."
  type        = number
  default     = 0.01

  validation {
    condition     = var.source_tolerance > 0 && var.source_tolerance <= 0.5
    error_message = "A tolerance is above 0 and at most 0.5."
  }
}

variable "source_extreme_tolerance" {
  description = "Largest accepted difference between the highs or lows of two sources, as a fraction of the price: above 0 and at most 0.5. Beyond it a third source is fetched, and the bar with the wider range is not used."
  type        = number
  default     = 0.03

  validation {
    condition     = var.source_extreme_tolerance > 0 && var.source_extreme_tolerance <= 0.5
    error_message = "A tolerance is above 0 and at most 0.5."
  }
}

variable "proxy_bars" {
  description = "True if a proxy quote (binance, USDT for USD) is used for a bar that no other source has. Forecasts then carry a warning. With false such a bar is a gap. A proxy quote never replaces the bar of another source."
  type        = bool
  default     = true
}

variable "market_base_urls" {
  description = "Source => base URL that replaces the source's own, for a proxy or the exchange simulator."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for source, url in var.market_base_urls : can(regex("^https?://[^/?#\\s]+(/[^?#\\s]*)?$", url))])
    error_message = "A base URL must be http(s)://host[:port][/path], without a query."
  }

  validation {
    # With a misspelt key, requests would go to the real source.
    condition     = alltrue([for source in keys(var.market_base_urls) : contains(["coinbase", "bitstamp", "kraken", "binance", "yahoo"], source)])
    error_message = "The keys of market_base_urls must be coinbase, bitstamp, kraken, binance or yahoo."
  }
}

variable "odds_sizes" {
  description = "Slug of a series, such as eth-usd-1d-h1 => sizes of moves in its odds, as fractions of the price above 0 and at most 1: 0.05 is 5 %. Without it: 0.01 up to six hours, 0.03 and 0.05 up to three days, 0.05 and 0.1 beyond."
  type        = map(list(number))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for size in flatten(values(var.odds_sizes)) : size > 0 && size <= 1])
    error_message = "A size in odds_sizes is above 0 and at most 1, which is 100 % of the price."
  }

  validation {
    # The odds of a misspelt series would silently have the default sizes.
    condition     = alltrue([for slug in keys(var.odds_sizes) : contains(local.slugs, slug)])
    error_message = "The keys of odds_sizes must be slugs of series: ${join(", ", local.slugs)}."
  }
}

variable "costs" {
  description = "Costs of a trade, as fractions of the traded value from 0 to 0.05: 0.001 is 0.1 %. `edge.after_costs` and the reports state what following the calls earns after them. A change takes effect in the evidence of the next training."
  type = object({
    fee      = optional(number, 0.001)
    slippage = optional(number, 0.0005)
  })
  default  = {}
  nullable = false

  validation {
    # A higher cost is probably meant in per cent.
    condition     = alltrue([for cost in [var.costs.fee, var.costs.slippage] : cost >= 0 && cost <= 0.05])
    error_message = "The fee and the slippage in costs are fractions of the traded value from 0 to 0.05, which is 5 %."
  }
}

variable "training_overrides" {
  description = "JSON object with the fields of the training configuration that differ from the defaults; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.training_overrides == "" || can(keys(jsondecode(var.training_overrides)))
    error_message = "training_overrides must be a JSON object."
  }
}

variable "drift_overrides" {
  description = "JSON object with the fields of the monitoring configuration that differ from the defaults; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.drift_overrides == "" || can(keys(jsondecode(var.drift_overrides)))
    error_message = "drift_overrides must be a JSON object."
  }
}

# Notifications

variable "alert_emails" {
  description = "Mail addresses that receive alerts and alarms. SNS sends each a mail, by which the subscription must be confirmed."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "A mail address must look like someone@example.com."
  }
}

variable "alert_topic_kms_key_arn" {
  description = "ARN of a customer-managed key that encrypts the alert topic; null for no encryption. Its policy must allow CloudWatch alarms to use it. AWS's own alias/aws/sns does not allow that."
  type        = string
  default     = null

  validation {
    condition     = var.alert_topic_kms_key_arn == null || can(regex("^arn:[^:]+:kms:.+:key/.+$", var.alert_topic_kms_key_arn))
    error_message = "alert_topic_kms_key_arn must be the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}
