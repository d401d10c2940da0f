# What `make deploy` gives AWS. Every variable is described in variables.tf; what is left out here keeps its default and
# can be given by TF_VAR_name, as the pipeline does with TF_VAR_alert_emails. The region is AWS_REGION or the profile's.

tags = { environment = "production" }

# alert_emails         = ["operator@example.com"]
# sources              = ["coinbase", "bitstamp", "kraken", "binance"] # Yahoo's terms allow personal use only
# cors_allowed_origins = ["https://example.com"]
# api_auth             = { compute = "iam" } # groups: status, read, compute
# throttle             = { rate_per_second = 20, burst = 40, compute = { rate_per_second = 5, burst = 10 } }
