# Pattern of a schedule expression, so that an invalid one fails at plan and not in the middle of an apply.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

locals {
  # Fields of cron(minutes hours day-of-month month day-of-week year): one value, and one step after `/`.
  cron_values = {
    minute  = { value = "(?:0?[0-9]|[1-5][0-9])", step = "(?:0?[1-9]|[1-5][0-9])" }
    hour    = { value = "(?:0?[0-9]|1[0-9]|2[0-3])", step = "(?:0?[1-9]|1[0-9]|2[0-3])" }
    day     = { value = "(?:0?[1-9]|[12][0-9]|3[01])", step = "(?:0?[1-9]|[12][0-9]|3[01])" }
    month   = { value = "(?:0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)", step = "(?:0?[1-9]|1[0-2])" }
    weekday = { value = "(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)", step = "[1-7]" }
    year    = { value = "(?:19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})", step = "(?:[1-9][0-9]{0,2})" }
  }

  # A list of values, ranges and steps.
  cron_lists = { for name, field in local.cron_values : name =>
    "(?:${field.value}(?:-${field.value})?|\\*)(?:/${field.step})?(?:,(?:${field.value}(?:-${field.value})?|\\*)(?:/${field.step})?)*"
  }

  cron_fields = merge(local.cron_lists, {
    # L is the last day of the month, 15W the weekday nearest to the 15th.
    day = "(?:${local.cron_lists.day}|L|LW|${local.cron_values.day.value}W)"
    # L is the last day of the week, 6L the last Friday of the month, 6#3 the third.
    weekday = "(?:${local.cron_lists.weekday}|L|${local.cron_values.weekday.value}L|${local.cron_values.weekday.value}#[1-5])"
  })

  # AWS requires `?` in exactly one of the two day fields.
  cron_days = join("|", [
    "${local.cron_fields.day} +${local.cron_fields.month} +\\?",
    "\\? +${local.cron_fields.month} +${local.cron_fields.weekday}",
  ])

  # AWS requires the singular for 1 and the plural for other numbers.
  schedule_pattern = join("|", [
    "^rate\\((?:1 +(?:minute|hour|day)|(?:[2-9]|[1-9][0-9]+) +(?:minutes|hours|days))\\)$",
    "^cron\\( *${local.cron_fields.minute} +${local.cron_fields.hour} +(?:${local.cron_days}) +${local.cron_fields.year} *\\)$",
  ])

  schedule_error = "use cron(minutes hours day-of-month month day-of-week year) with ? in exactly one of the two day fields, such as cron(30 1 ? * SUN *), or a rate such as rate(1 hour) or rate(12 hours)."
}
