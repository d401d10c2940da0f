# What is forecast

variable "series" {
  description = "What is forecast. The first series is the default of POST /predict. Schedules are EventBridge expressions in UTC."
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
  ]

  validation {
    condition     = length(var.series) > 0
    error_message = "At least one series is needed."
  }

  validation {
    condition     = alltrue([for s in var.series : can(regex("^[A-Z0-9]{2,10}-[A-Z0-9]{2,10}$", s.symbol))])
    error_message = "A symbol is BASE-QUOTE in capitals, such as ETH-USD."
  }

  validation {
    condition     = alltrue([for s in var.series : contains(["1d", "1h"], s.interval)])
    error_message = "An interval is 1d or 1h."
  }

  validation {
    condition     = alltrue([for s in var.series : s.horizon == floor(s.horizon) && s.horizon >= 1 && s.horizon <= 1000])
    error_message = "A horizon is a whole number of bars from 1 to 1000."
  }

  validation {
    condition     = length(var.series) == length(distinct([for s in var.series : "${s.symbol} ${s.interval} ${s.horizon}"]))
    error_message = "A series is listed twice."
  }

  validation {
    condition     = alltrue([for s in var.series : can(regex(local.schedule_pattern, s.train_schedule))])
    error_message = "The train_schedule ${join(", ", [for s in var.series : s.train_schedule if !can(regex(local.schedule_pattern, s.train_schedule))])} is none: it ${local.schedule_error}"
  }
}

variable "ingest_schedules" {
  description = "Interval => when its bars are fetched, in UTC. Some minutes after the bar's close: exchanges publish late."
  type        = map(string)
  default = {
    "1d" = "cron(7 0 * * ? *)"
    "1h" = "cron(3 * * * ? *)"
  }

  validation {
    condition     = alltrue([for interval in keys(var.ingest_schedules) : contains(["1d", "1h"], interval)])
    error_message = "The keys are 1d and 1h."
  }

  validation {
    condition     = alltrue([for expression in values(var.ingest_schedules) : can(regex(local.schedule_pattern, expression))])
    error_message = "The schedule ${join(", ", [for expression in values(var.ingest_schedules) : expression if !can(regex(local.schedule_pattern, expression))])} is none: it ${local.schedule_error}"
  }

  validation {
    condition     = alltrue([for s in var.series : contains(keys(var.ingest_schedules), s.interval)])
    error_message = "Each interval of a series needs an ingest schedule."
  }
}

variable "schedules_enabled" {
  description = "Whether the schedules run. Off, everything is deployed and nothing starts by itself."
  type        = bool
  default     = true
}

variable "sources" {
  description = "Market data sources, in the order in which they are asked and believed."
  type        = list(string)
  default     = ["coinbase", "bitstamp", "kraken", "binance", "yahoo"]

  validation {
    condition     = length(var.sources) > 0 && alltrue([for s in var.sources : contains(["coinbase", "bitstamp", "kraken", "binance", "yahoo"], s)])
    error_message = "The sources are coinbase, bitstamp, kraken, binance and yahoo; at least one is needed."
  }

  validation {
    # A source cannot cross-check itself.
    condition     = length(var.sources) == length(distinct(var.sources))
    error_message = "A source is listed twice."
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
  description = "Share of the price by which the closes of two sources may differ before the bar is flagged; above 0, at most 0.5."
  type        = number
  default     = 0.01

  validation {
    condition     = var.source_tolerance > 0 && var.source_tolerance <= 0.5
    error_message = "A tolerance is above 0 and at most 0.5."
  }
}

variable "source_extreme_tolerance" {
  description = "Share of the price by which the highs or lows of two sources may differ; beyond it a third is asked and the bar that reaches further is not taken. Above 0, at most 0.5."
  type        = number
  default     = 0.03

  validation {
    condition     = var.source_extreme_tolerance > 0 && var.source_extreme_tolerance <= 0.5
    error_message = "A tolerance is above 0 and at most 0.5."
  }
}

variable "proxy_bars" {
  description = "Whether a bar in a stablecoin (binance for *-USD) counts where no source in dollars has one; forecasts warn of it. false leaves a gap instead. Where a source in dollars has the bar, a proxy's never counts."
  type        = bool
  default     = true
}

variable "market_base_urls" {
  description = "Source => base URL that is asked instead of the source's own, for a proxy or a replay server."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for source, url in var.market_base_urls : can(regex("^https?://[^/?#\\s]+(/[^?#\\s]*)?$", url))])
    error_message = "A base URL is http(s)://host[:port][/path], without a query."
  }

  validation {
    # A misspelt one would silently be asked at its own address.
    condition     = alltrue([for source in keys(var.market_base_urls) : contains(["coinbase", "bitstamp", "kraken", "binance", "yahoo"], source)])
    error_message = "The keys are coinbase, bitstamp, kraken, binance and yahoo."
  }
}

variable "training_overrides" {
  description = "JSON object with the fields of the training configuration that differ from its defaults; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.training_overrides == "" || can(keys(jsondecode(var.training_overrides)))
    error_message = "The overrides are a JSON object."
  }
}

variable "drift_overrides" {
  description = "JSON object with the fields of the drift configuration that differ from its defaults; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = var.drift_overrides == "" || can(keys(jsondecode(var.drift_overrides)))
    error_message = "The overrides are a JSON object."
  }
}

# Who is told

variable "alert_emails" {
  description = "Addresses that get drift alerts and alarms. Each has to confirm the subscription by the mail that SNS sends."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "An address looks like someone@example.com."
  }
}

variable "alert_topic_kms_key_arn" {
  description = "Customer-managed key that encrypts the alert topic, or null. Its policy must let CloudWatch alarms use it, which is why AWS's own alias/aws/sns cannot be used."
  type        = string
  default     = null

  validation {
    condition     = var.alert_topic_kms_key_arn == null || can(regex("^arn:[^:]+:kms:.+:key/.+$", var.alert_topic_kms_key_arn))
    error_message = "The key is given by its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

# Where it runs

variable "name" {
  description = "Prefix of every name."
  type        = string
  default     = "weathervane"

  validation {
    # The bucket's name also holds the account and the region, and may have 63 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 24 small letters, digits and hyphens, and starts with a letter."
  }
}

variable "region" {
  description = "AWS region; null takes AWS_REGION or the profile's."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything, besides application and managed-by."
  type        = map(string)
  default     = {}
}

variable "aws_endpoint_url" {
  description = "Where the functions reach AWS; null for AWS itself. Terraform's own endpoint is AWS_ENDPOINT_URL in its environment."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^https?://[^/?#\\s]+/?$", var.aws_endpoint_url))
    error_message = "An endpoint is http(s)://host[:port]."
  }
}

variable "s3_addressing" {
  description = "How the bucket is put into S3's address: virtual (bucket.host) or path (host/bucket)."
  type        = string
  default     = "virtual"

  validation {
    condition     = contains(["virtual", "path"], var.s3_addressing)
    error_message = "The addressing is virtual or path."
  }
}

variable "ca_bundle" {
  description = "File of root certificates that the functions trust for AWS instead of those compiled in, as the function sees it; null for those. The runtime's own is /etc/pki/tls/certs/ca-bundle.crt. RUNBOOK.md tells when."
  type        = string
  default     = null

  validation {
    condition     = var.ca_bundle == null || can(regex("^/[^\\s]+$", var.ca_bundle))
    error_message = "The bundle is named by its absolute path, such as /etc/pki/tls/certs/ca-bundle.crt."
  }
}

variable "require_tls" {
  description = "Whether the buckets, the tables, the alert topic and the queues refuse requests without TLS. Turn it off only where the endpoint has none."
  type        = bool
  default     = true
}

# The functions

variable "artifact_dir" {
  description = "Where the built functions are, each as NAME/bootstrap.zip; relative to this directory or absolute."
  type        = string
  default     = "../../build/lambda"
}

variable "architecture" {
  description = "What the functions were built for. arm64 costs a fifth less."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "function_settings" {
  description = "Function => settings that differ from the defaults in locals.tf."
  type = map(object({
    memory_mb            = optional(number)
    timeout_seconds      = optional(number)
    reserved_concurrency = optional(number)
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.function_settings) : contains(["ingest", "train", "score", "predict"], name)])
    error_message = "The functions are ingest, train, score and predict."
  }

  validation {
    condition     = alltrue([for s in values(var.function_settings) : s.memory_mb == null ? true : s.memory_mb >= 128 && s.memory_mb <= 10240])
    error_message = "Memory is 128 to 10240 MiB."
  }

  validation {
    condition     = alltrue([for s in values(var.function_settings) : s.timeout_seconds == null ? true : s.timeout_seconds >= 1 && s.timeout_seconds <= 900])
    error_message = "A time-out is 1 to 900 seconds."
  }

  validation {
    condition = alltrue([for s in values(var.function_settings) : s.reserved_concurrency == null ? true :
    s.reserved_concurrency == floor(s.reserved_concurrency) && s.reserved_concurrency >= 0])
    error_message = "A reserved concurrency is a whole number; 0 stops the function."
  }
}

variable "account_concurrency" {
  description = "Lambda executions that the account may run at once, in this region: `aws lambda get-account-settings --query AccountLimit.ConcurrentExecutions`. From about 150 on each function gets its own share (concurrency.tf); below that AWS lets nothing be reserved, and only the API's throttle keeps the open API from starving score and train."
  type        = number
  # What a new account has until it asks for more. A guess above the truth fails at apply, one below it only reserves nothing.
  default  = 10
  nullable = false

  validation {
    condition     = var.account_concurrency == floor(var.account_concurrency) && var.account_concurrency >= 1
    error_message = "The account's concurrency is a whole number of at least 1."
  }
}

variable "tracing_mode" {
  description = "X-Ray tracing of the functions: PassThrough or Active. Active adds the one statement whose resource is *, as X-Ray has none to name. A trace of a request begins at predict: API Gateway traces REST APIs and not HTTP APIs, which this is; the access log's request_id leads from one to the other."
  type        = string
  default     = "PassThrough"

  validation {
    condition     = contains(["PassThrough", "Active"], var.tracing_mode)
    error_message = "The mode is PassThrough or Active."
  }
}

variable "log_filter" {
  description = "What the functions log: levels by target, such as info or info,aws=debug."
  type        = string
  default     = "info"
}
