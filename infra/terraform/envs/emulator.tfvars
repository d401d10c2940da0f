# Values for an emulator on port 4566 and the market replay server on port 8900. The configuration is the one that AWS gets.

aws_endpoint_url = "http://127.0.0.1:4566"
s3_addressing    = "path"
# The emulator speaks plain HTTP.
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

# A demo and a test start everything themselves, and must be able to take it all down again.
schedules_enabled   = false
deletion_protection = false

# The provider waits 55 s until S3 has told the same lifecycle rules ten times; nothing grows old here.
object_retention_days = null

# A demo replays weeks, not the months that thirty independent weekly outcomes take: here five are enough to say that
# forecasts have become worse, that is reason enough to train, and an upheaval counts a little sooner. Nothing here is forecast
# before its outcome by the clock, so replays are the track record, and each says so. On AWS the defaults stand.
drift_overrides = "{\"upheaval\": {\"limit\": 3.5}, \"min_settled\": 5, \"count_replays\": true, \"rules\": {\"worse_recently\": {\"action\": \"retrain\"}}}"
