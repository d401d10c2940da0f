# Deployment

variable "name" {
  description = "Prefix of all resource names."
  type        = string
  default     = "weathervane"

  validation {
    # The names of buckets also contain the account and the region, and have at most 63 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 24 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

variable "region" {
  description = "AWS region; null for AWS_REGION or the region of the profile."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources, besides application and managed-by."
  type        = map(string)
  default     = {}
}

variable "aws_endpoint_url" {
  description = "Endpoint at which the functions reach AWS; null for AWS itself. Terraform reads its own endpoint from AWS_ENDPOINT_URL in its environment."
  type        = string
  default     = null

  validation {
    condition     = var.aws_endpoint_url == null || can(regex("^https?://[^/?#\\s]+/?$", var.aws_endpoint_url))
    error_message = "aws_endpoint_url must be http(s)://host[:port]."
  }
}

variable "s3_addressing" {
  description = "Position of the bucket in S3 addresses: virtual (bucket.host) or path (host/bucket)."
  type        = string
  default     = "virtual"

  validation {
    condition     = contains(["virtual", "path"], var.s3_addressing)
    error_message = "s3_addressing must be virtual or path."
  }
}

variable "ca_bundle" {
  description = "Path, on the function's file system, of the root certificates to trust for AWS; null for the compiled-in ones. The Lambda runtime has /etc/pki/tls/certs/ca-bundle.crt. RUNBOOK.md describes when to set it."
  type        = string
  default     = null

  validation {
    condition     = var.ca_bundle == null || can(regex("^/[^\\s]+$", var.ca_bundle))
    error_message = "ca_bundle must be an absolute path, such as /etc/pki/tls/certs/ca-bundle.crt."
  }
}

variable "require_tls" {
  description = "True if buckets, tables, queues and the alert topic refuse requests without TLS. Use false only for an endpoint without TLS."
  type        = bool
  default     = true
}

# Functions

variable "artifact_dir" {
  description = "Directory of the built functions, each as NAME/bootstrap.zip; absolute, or relative to this directory."
  type        = string
  default     = "../../build/lambda"
}

variable "architecture" {
  description = "Processor architecture that the functions were built for: arm64 or x86_64. arm64 costs 20 % less."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "function_settings" {
  description = "Function => settings that differ from the defaults in locals.tf and concurrency.tf."
  type = map(object({
    memory_mb            = optional(number)
    timeout_seconds      = optional(number)
    reserved_concurrency = optional(number)
  }))
  default = {}

  validation {
    condition     = alltrue([for name in keys(var.function_settings) : contains(["ingest", "train", "score", "predict", "track"], name)])
    error_message = "The keys of function_settings must be ingest, train, score, predict or track."
  }

  validation {
    condition     = alltrue([for s in values(var.function_settings) : s.memory_mb == null ? true : s.memory_mb >= 128 && s.memory_mb <= 10240])
    error_message = "memory_mb must be from 128 to 10240 MiB."
  }

  validation {
    condition     = alltrue([for s in values(var.function_settings) : s.timeout_seconds == null ? true : s.timeout_seconds >= 1 && s.timeout_seconds <= 900])
    error_message = "timeout_seconds must be from 1 to 900 seconds."
  }

  validation {
    condition = alltrue([for s in values(var.function_settings) : s.reserved_concurrency == null ? true :
    s.reserved_concurrency == floor(s.reserved_concurrency) && s.reserved_concurrency >= 0])
    error_message = "reserved_concurrency must be a whole number; 0 stops the function."
  }
}

variable "account_concurrency" {
  description = "Limit of concurrent Lambda executions of the account in this region: `aws lambda get-account-settings --query AccountLimit.ConcurrentExecutions`. From about 190 on, each function has reserved concurrency (concurrency.tf). Below that AWS refuses reservations, and only the throttle of the API leaves executions for score and train."
  type        = number
  # The limit of a new account. A value above the real limit fails at apply; one below it only prevents reservations.
  default  = 10
  nullable = false

  validation {
    condition     = var.account_concurrency == floor(var.account_concurrency) && var.account_concurrency >= 1
    error_message = "account_concurrency must be a whole number of at least 1."
  }
}

variable "tracing_mode" {
  description = "X-Ray tracing of the functions: PassThrough or Active. Active adds a statement with the resource *, because X-Ray has no resources. The trace of a request starts at predict, because API Gateway does not trace HTTP APIs. The access log has the same request_id."
  type        = string
  default     = "PassThrough"

  validation {
    condition     = contains(["PassThrough", "Active"], var.tracing_mode)
    error_message = "tracing_mode must be PassThrough or Active."
  }
}

variable "log_filter" {
  description = "Log levels of the functions, by target, such as info or info,aws=debug."
  type        = string
  default     = "info"
}
