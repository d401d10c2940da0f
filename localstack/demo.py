"""The main job, shown end to end on the deployed system: back-fill, train, score, forecast, drift, retrain.

`make demo` runs it after `make up`. Every line it prints comes from the system: functions are invoked as deployed,
the forecast is fetched with curl through API Gateway, and days are replayed as events on the bus.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from system import Market, System, parse_time, rfc3339, wait_for

SYMBOL = "ETH-USD"
REPLAY_DAYS = 100
"""At most; the replay stops once the drift alert has led to a verdict."""
REPLAYED_HISTORY_DAYS = 45
"""Of a simulated history, which ends at the present: the story begins that long before, and comes to the present."""
MAIL_LINES = 10
"""Of the alert's mail; the rest is in the report that it names."""

STEPS = 9


@contextmanager
def step(number: int, title: str) -> Iterator[None]:
    print(f"\n[{number}/{STEPS}] {title}", flush=True)
    start = time.monotonic()
    yield
    print(f"      done in {time.monotonic() - start:.1f} s", flush=True)


def say(text: str) -> None:
    print(f"      {text}", flush=True)


def main() -> int:
    system, market = System(), Market()
    series = system.outputs["series"]
    daily = [slug for slug in series if "-1d-" in slug]
    with step(5, "back-fill daily history through the deployed ingest function"):
        now, live = back_fill(system, market)
    with step(6, "train every daily series through the deployed train function"):
        for slug in daily:
            train(system, slug, now)
    with step(7, "score, and fetch the forecast with curl through API Gateway"):
        score(system, now)
        curl(system, f"/v1/series/{daily[0]}/forecast")
    with step(8, "change the market's regime and replay days through EventBridge"):
        chain(system, market, daily, now)
        if live:
            catch_up(system, market, daily[0])
    print(f"\n[9/{STEPS}] summary")
    summary(system, series)
    return 0


def back_fill(system: System, market: Market) -> tuple[datetime, bool]:
    """Fills the lake. Returns the time that counts as now, five minutes after the last bar's close, and whether the market
    goes on with the real time."""
    status = market.status()
    end, live = parse_time(status["end"]["1d"]), status["clock_runs"]
    now = end + timedelta(minutes=5) - timedelta(days=REPLAYED_HISTORY_DAYS if live else 0)
    market.set_clock(now)
    say(f"market: {status['description']}")
    request = {"symbol": SYMBOL, "interval": "1d", "from": status["start"]["1d"], "as_of": rfc3339(now)}
    answer = system.invoke("ingest", request)
    while answer["status"] == "partial":
        say(f"{answer['new_bars']} new bars so far; goes on from {answer['resume_from']}")
        answer = system.invoke("ingest", {**request, "from": answer["resume_from"]})
    say(
        f"{answer['new_bars']} new bars from {answer['source']}, {answer['first']} to {answer['last']}, "
        f"{len(answer.get('gaps', []))} gaps"
    )
    again = system.invoke("ingest", request)
    say(f"the same event again: {again['status']}, {again['new_bars']} new bars")
    say(f"what follows is a replay: {rfc3339(now)} counts as now")
    return now, live


def train(system: System, slug: str, now: datetime) -> None:
    answer = system.invoke("train", {"series": slug, "reason": "manual", "as_of": rfc3339(now)})
    say(f"{slug}: run {answer['run']}, {answer['trials']} trials, version {answer['version']}")
    tell_verdict(answer)
    say(f"   champion: version {answer['champion']}")


def tell_verdict(answer: dict[str, Any]) -> None:
    say(f"   gate: {'PROMOTED' if answer['promoted'] else 'REJECTED'}")
    for reason in answer["reasons"]:
        say(f"     - {reason}")


def score(system: System, now: datetime) -> None:
    answer = system.invoke("score", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(now)})
    for one in answer["series"]:
        say(f"{one['series']}: {one['forecasts_made']} forecasts made, {one['settled']} settled, report {one['report']}")


def curl(system: System, path: str) -> None:
    url = system.address + path
    say(f"$ curl -s {url}")
    done = subprocess.run(["curl", "-sS", "--fail-with-body", url], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"curl failed: {done.stderr} {done.stdout}")
    # A line for each field, so that the answer fits a screen.
    fields = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in json.loads(done.stdout).items()]
    say("{")
    say(",\n      ".join(fields))
    say("}")


def chain(system: System, market: Market, daily: list[str], now: datetime) -> None:
    """Replays days of a crisis until drift is confirmed and the retraining it caused has a verdict."""
    tap = system.tap_alerts()
    known = {slug: len(system.versions(slug)) for slug in daily}
    market.set_regime("crisis", now)
    say(f"from {rfc3339(now)} the market is in a crisis: simulated, continuing the history")
    end = parse_time(market.status()["end"]["1d"])
    days = (end - now).days if end > now else REPLAY_DAYS
    for day in range(1, days + 1):
        moment = now + timedelta(days=day)
        market.set_clock(moment)
        system.put_event("IngestRequested", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)})
        decision = rfc3339(moment.replace(hour=0, minute=0, second=0))
        record = wait_for(f"the forecast of {decision}", lambda: forecast_at(system, daily[0], decision))
        alert = system.tapped(tap, "drift", seconds=0)
        if day % 5 == 0 or alert:
            say(f"day {day:2}: {decision[:10]}  ingest -> BarsIngested -> score: p(up) {record['probability_up']:.3f}")
        if alert:
            series = tell_alert(alert)
            version = wait_for("the retraining's verdict", lambda: new_verdict(system, series, known[series]), 300)
            say(f"SNS -> train: run {version['run']} made version {version['version']} of {series}")
            tell_verdict(version["verdict"])
            return
    raise RuntimeError(f"no drift was confirmed in {days} days of crisis")


def catch_up(system: System, market: Market, slug: str) -> None:
    """Brings the market and the system to the present, from where they go on with the real time."""
    market.set_clock(None)
    answer = system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d"})
    decision = rfc3339(parse_time(answer["last"]) + timedelta(days=1))
    wait_for(f"the forecast of {decision}", lambda: forecast_at(system, slug, decision))
    say(f"the market comes to the present: {answer['new_bars']} bars, to {answer['last'][:10]}, and a forecast of today")


def forecast_at(system: System, slug: str, decision: str) -> dict[str, Any] | None:
    status, _, page = system.api("GET", f"/v1/series/{slug}/forecasts?from={decision}&to={decision}")
    if status != 200:
        raise RuntimeError(f"forecasts: {status} {page}")
    return next(iter(page["forecasts"]), None)


def tell_alert(envelope: dict[str, Any]) -> str:
    """Shows what the e-mail says; the series it is about."""
    body = json.loads(envelope["Message"])
    say(f"SNS alert: {envelope.get('Subject', '')}")
    lines = body["text"].splitlines()
    for line in lines[:MAIL_LINES]:
        say(f"  | {line}")
    say(f"  | ... {len(lines) - MAIL_LINES} more lines, and the report that they name")
    return body["series"]


def new_verdict(system: System, slug: str, known: int) -> dict[str, Any] | None:
    versions = system.versions(slug)
    return next((v for v in versions[known:] if v.get("verdict")), None)


def summary(system: System, series: list[str]) -> None:
    _, _, overview = system.api("GET", "/v1/series")
    for one in overview["series"]:
        champion = one.get("champion")
        text = f"version {champion['version']} ({champion['family']})" if champion else "none yet"
        say(f"{one['series']:16} champion {text}")
    for slug in (one["series"] for one in overview["series"] if one["champion"]):
        _, _, forecast = system.api("GET", f"/v1/series/{slug}/forecast")
        codes = ", ".join(warning["code"] for warning in forecast["warnings"])
        says = f"p(up) {forecast['probability_up']:.3f} for {forecast['target_time'][:10]}, {forecast['direction']}"
        say(f"forecast  {slug}: {says}; warnings: {codes or 'none'}")
    runs = {slug: len(system.query("runs", f"SERIES#{slug}", "RUN#")) for slug in series}
    say(f"runs      {', '.join(f'{slug}: {count}' for slug, count in runs.items())}")
    topic = system.outputs["alert_topic_arn"]
    for one in system.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        say(f"          subscribed: {one['Protocol']} {one['Endpoint']}")
    say(f"API       {system.address}")
    say(f"reports   s3://{system.outputs['bucket']}/reports/")
    say(f"market    {Market().url}/control/status")
    say("stop it   make down")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, TimeoutError) as error:
        print(f"\nthe demo failed: {error}", file=sys.stderr)
        sys.exit(1)
