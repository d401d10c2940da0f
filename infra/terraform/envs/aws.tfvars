# An example for AWS: copy it, change it, and give it to `make deploy`. Every variable is described in variables.tf.

region       = "eu-central-1"
alert_emails = [] # ["operator@example.com"]
tags         = { environment = "production" }

# What `make build ARCH=arm64` builds.
architecture = "arm64"

# Origins of web pages that may call the API.
cors_allowed_origins = []

throttle = { rate_per_second = 20, burst = 40 }
