# Values that `make deploy` uses for AWS. variables*.tf describe all variables. The pipeline sets others by TF_VAR_name, such
# as TF_VAR_alert_emails. The region is AWS_REGION or that of the profile.

tags = { environment = "production" }

# alert_emails         = ["operator@example.com"]
# sources              = ["coinbase", "bitstamp", "kraken", "binance"] # Yahoo's terms allow personal use only
# cors_allowed_origins = ["https://example.com"]
# api_auth             = { compute = "iam" } # groups: status, read, compute
# throttle             = { rate_per_second = 20, burst = 40, compute = { rate_per_second = 5, burst = 10 } }
