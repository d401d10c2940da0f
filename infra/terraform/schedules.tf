# What a schedule's expression looks like, so that a wrong one fails the plan and not the apply, half of which is then done.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

locals {
  # Each field of cron(minutes hours day-of-month month day-of-week year): one value, and the steps that `/` may take.
  cron_values = {
    minute  = { value = "(?:0?[0-9]|[1-5][0-9])", step = "(?:0?[1-9]|[1-5][0-9])" }
    hour    = { value = "(?:0?[0-9]|1[0-9]|2[0-3])", step = "(?:0?[1-9]|1[0-9]|2[0-3])" }
    day     = { value = "(?:0?[1-9]|[12][0-9]|3[01])", step = "(?:0?[1-9]|[12][0-9]|3[01])" }
    month   = { value = "(?:0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)", step = "(?:0?[1-9]|1[0-2])" }
    weekday = { value = "(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)", step = "[1-7]" }
    year    = { value = "(?:19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})", step = "(?:[1-9][0-9]{0,2})" }
  }

  # A list of values, ranges and steps.
  cron_lists = { for field, one in local.cron_values : field =>
    "(?:${one.value}(?:-${one.value})?|\\*)(?:/${one.step})?(?:,(?:${one.value}(?:-${one.value})?|\\*)(?:/${one.step})?)*"
  }

  cron_fields = merge(local.cron_lists, {
    # L is the last day of the month, 15W the weekday nearest to the 15th.
    day = "(?:${local.cron_lists.day}|L|LW|${local.cron_values.day.value}W)"
    # L is the last day of the week, 6L the last Friday of the month, 6#3 the third.
    weekday = "(?:${local.cron_lists.weekday}|L|${local.cron_values.weekday.value}L|${local.cron_values.weekday.value}#[1-5])"
  })

  # Of the two days one is a `?`, and one is not: AWS refuses both other cases.
  cron_days = join("|", [
    "${local.cron_fields.day} +${local.cron_fields.month} +\\?",
    "\\? +${local.cron_fields.month} +${local.cron_fields.weekday}",
  ])

  # The unit of one is singular.
  schedule_pattern = join("|", [
    "^rate\\((?:1 +(?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) +(?:minutes|hours|days))\\)$",
    "^cron\\( *${local.cron_fields.minute} +${local.cron_fields.hour} +(?:${local.cron_days}) +${local.cron_fields.year} *\\)$",
  ])

  schedule_error = "is cron(minutes hours day-of-month month day-of-week year) with exactly one of the two days a ?, such as cron(30 1 ? * SUN *), or rate(1 hour), rate(12 hours)."
}
