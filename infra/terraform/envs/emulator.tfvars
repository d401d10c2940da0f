# Values for an emulator on port 4566 and the exchange simulator on port 8900. AWS gets the same configuration.

aws_endpoint_url = "http://127.0.0.1:4566"
s3_addressing    = "path"
# The emulator has no TLS.
require_tls  = false
architecture = "x86_64"

market_base_urls = {
  coinbase = "http://127.0.0.1:8900"
  bitstamp = "http://127.0.0.1:8900"
  kraken   = "http://127.0.0.1:8900"
  binance  = "http://127.0.0.1:8900"
  yahoo    = "http://127.0.0.1:8900"
}

alert_emails = ["operator@example.com"]

# The demo and the tests start the functions themselves, and delete everything at the end.
schedules_enabled   = false
deletion_protection = false

# For lifecycle rules the provider waits 55 s until S3 has confirmed them ten times.
object_retention_days = null

# The demo replays weeks, not the months that 30 independent weekly outcomes take. Here 5 outcomes are enough to evaluate
# live performance, worse performance requests retraining, and the limit of a regime shift is lower. All forecasts are
# replays, so replays count in the track record. AWS uses the defaults.
drift_overrides = "{\"regime_shift\": {\"limit\": 3.5}, \"min_settled\": 5, \"count_replays\": true, \"rules\": {\"worse_recently\": {\"action\": \"retrain\"}}}"
