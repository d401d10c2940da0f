"""Demonstration of the main job on the deployed system: back-fill, train, score, forecast, drift, retrain.

Every line that it prints comes from the system: functions are invoked as deployed, the forecast is fetched with curl
through API Gateway, and days are replayed as events on the bus.
"""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from localstack.progress import Steps
from localstack.system import NEXT_HOUR, SYMBOL, Exchange, System, parse_time, rfc3339, wait_for

MAX_REPLAY_DAYS = 100
"""Limit of the replay, which stops once the drift alert has led to a gate decision."""
REPLAYED_HISTORY_DAYS = 45
"""Days before the end of a simulated history at which the replay begins; the demo then ends at the present."""
HOURLY_HISTORY_DAYS = 3 * 365
"""Days of hourly history: enough for a hold-out of a year, and few enough to train within a minute."""
LONGEST_LIST = 10
"""Longest list that is shown whole."""
MAIL_LINES = 10
"""Lines of the alert's mail that are shown; the rest is in the report that it names."""


def say(text: str) -> None:
    print(f"      {text}", flush=True)


def run(steps: Steps) -> None:
    system, exchange = System(), Exchange()
    series = system.outputs["series"]
    daily = [slug for slug in series if "-1d-" in slug]
    with steps.step("back-fill daily history through the deployed ingest function"):
        now, live = back_fill(system, exchange)
    with steps.step("train every daily series through the deployed train function"):
        for slug in daily:
            train(system, slug, now)
    with steps.step("back-fill hours, and train the next-hour series"):
        back_fill_hours(system, exchange, now)
        train(system, NEXT_HOUR, now)
    with steps.step("score, and fetch the forecast with curl through API Gateway"):
        score(system, now)
        curl(system, f"/v1/series/{daily[0]}/forecast")
    with steps.step("a series without an edge beside one that may have one"):
        compare(system, [daily[0], NEXT_HOUR])
    with steps.step("change the market's regime and replay days through EventBridge"):
        replay_crisis(system, exchange, daily, now)
        if live:
            catch_up(system, exchange, daily[0])
    with steps.step("summary"):
        summarise(system, series)


def back_fill(system: System, exchange: Exchange) -> tuple[datetime, bool]:
    """Fills the lake. Returns the time that counts as now, five minutes after the last bar's close, and true if the
    exchange's clock runs."""
    status = exchange.status()
    end, live = parse_time(status["end"]["1d"]), status["clock_runs"]
    now = end + timedelta(minutes=5) - timedelta(days=REPLAYED_HISTORY_DAYS if live else 0)
    exchange.set_clock(now)
    say(f"exchange: {status['description']}")
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


def back_fill_hours(system: System, exchange: Exchange, now: datetime) -> None:
    start = max(parse_time(exchange.status()["start"]["1h"]), now - timedelta(days=HOURLY_HISTORY_DAYS))
    request = {"symbol": SYMBOL, "interval": "1h", "from": rfc3339(start), "as_of": rfc3339(now)}
    answer = system.invoke("ingest", request)
    while answer["status"] == "partial":
        answer = system.invoke("ingest", {**request, "from": answer["resume_from"]})
    say(f"hours from {answer['source']}, to {answer['last']}, {len(answer.get('gaps', []))} gaps")


def train(system: System, slug: str, now: datetime) -> None:
    answer = system.invoke("train", {"series": slug, "reason": "manual", "as_of": rfc3339(now)})
    say(f"{slug}: run {answer['run']}, {answer['trials']} trials, version {answer['version']}")
    show_decision(answer)
    say(f"   champion: version {answer['champion']}")


def show_decision(result: dict[str, Any]) -> None:
    verdict = "PROMOTED" if result["promoted"] else "ADMITTED to the shadow" if result.get("admitted") else "REJECTED"
    say(f"   gate: {verdict}")
    for reason in result["reasons"]:
        say(f"     - {reason}")


def score(system: System, now: datetime) -> None:
    for interval in ("1d", "1h"):
        answer = system.invoke("score", {"symbol": SYMBOL, "interval": interval, "as_of": rfc3339(now)})
        for scored in answer["series"]:
            # A series that was not trained has no forecast.
            if scored["status"] == "scored":
                say(
                    f"{scored['series']}: {scored['forecasts_made']} forecasts made, {scored['settled']} settled, "
                    f"report {scored['report']}"
                )


def compare(system: System, series: list[str]) -> None:
    """Shows the edge of each series, and the annual return of following its calls after costs."""
    for slug in series:
        forecast = wait_for(f"the newest forecast of {slug}", partial(newest_forecast, system, slug))
        edge, costs = forecast["edge"], forecast["edge"]["after_costs"]
        say(f"{slug}: p(up) {forecast['probability_up']:.3f}, {forecast['direction']}, status {forecast['status']}")
        interval = f"95 % {span(edge['brier_skill_ci'], '+.4f')}" if edge["brier_skill_ci"] else "too few to judge"
        say(f"   edge {edge['verdict']}: Brier skill {edge['brier_skill']:+.4f} ({interval}), {edge['n']} labels")
        say(f"   after costs: {costs['verdict']}{earned(costs)}")


def earned(costs: dict[str, Any]) -> str:
    """Annual return of following the calls; empty where it was not measured."""
    if costs["annual_return"] is None:
        return ""
    cost, interval = costs["fee"] + costs["slippage"], span(costs["annual_return_ci"], "+.1%")
    return f", {costs['annual_return']:+.1%} a year ({interval}) at {cost:.2%} a trade"


def span(ends: list[float], form: str) -> str:
    low, high = ends
    return f"{low:{form}} to {high:{form}}"


def curl(system: System, path: str) -> None:
    url = system.address + path
    say(f"$ curl -s {url}")
    done = subprocess.run(["curl", "-sS", "--fail-with-body", url], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"curl failed: {done.stderr} {done.stdout}")
    # One line for each field and no long list, so that the response fits a screen.
    answer = {name: shortened(value) for name, value in json.loads(done.stdout).items()}
    fields = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in answer.items()]
    say("{")
    say(",\n      ".join(fields))
    say("}")


def shortened(value: Any) -> Any:
    """The value with only the first and last item of each list of more than ten."""
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        few = value if len(value) <= LONGEST_LIST else [value[0], "...", value[-1]]
        return [shortened(item) for item in few]
    return value


def replay_crisis(system: System, exchange: Exchange, daily: list[str], now: datetime) -> None:
    """Replays days of a crisis until drift is confirmed and the gate has decided about the retraining it caused."""
    queue = system.subscribe_queue()
    known = {slug: len(system.versions(slug)) for slug in daily}
    exchange.set_regime("crisis", now)
    say(f"from {rfc3339(now)} the market is in a crisis: simulated, continuing the history")
    end = parse_time(exchange.status()["end"]["1d"])
    days = (end - now).days if end > now else MAX_REPLAY_DAYS
    for day in range(1, days + 1):
        moment = now + timedelta(days=day)
        exchange.set_clock(moment)
        system.put_event("IngestRequested", {"symbol": SYMBOL, "interval": "1d", "as_of": rfc3339(moment)})
        decision = rfc3339(moment.replace(hour=0, minute=0, second=0))
        record = wait_for(f"the forecast of {decision}", partial(forecast_at, system, daily[0], decision))
        alert = system.next_alert(queue, "drift", seconds=0)
        if day % 5 == 0 or alert:
            say(f"day {day:2}: {decision[:10]}  ingest -> BarsIngested -> score: p(up) {record['probability_up']:.3f}")
        if alert:
            series = show_alert(alert)
            version = wait_for(
                "the gate's decision about the retraining", partial(decided_version, system, series, known[series]), 300
            )
            say(f"SNS -> train: run {version['run']} made version {version['version']} of {series}")
            show_decision(version["verdict"])
            return
    raise RuntimeError(f"no drift was confirmed in {days} days of crisis")


def catch_up(system: System, exchange: Exchange, slug: str) -> None:
    """Moves the exchange and the system to the present; from then on the clock runs with the real time."""
    exchange.set_clock(None)
    answer = system.invoke("ingest", {"symbol": SYMBOL, "interval": "1d"})
    decision = rfc3339(parse_time(answer["last"]) + timedelta(days=1))
    wait_for(f"the forecast of {decision}", lambda: forecast_at(system, slug, decision))
    say(
        f"the exchange moves to the present: {answer['new_bars']} bars, to {answer['last'][:10]}, and a forecast of today"
    )


def forecast_at(system: System, slug: str, decision: str) -> dict[str, Any] | None:
    status, _, page = system.api("GET", f"/v1/series/{slug}/forecasts?from={decision}&to={decision}")
    if status != 200:
        raise RuntimeError(f"forecasts: {status} {page}")
    return next(iter(page["forecasts"]), None)


def show_alert(envelope: dict[str, Any]) -> str:
    """Shows the e-mail. Returns the series that it is about."""
    body = json.loads(envelope["Message"])
    say(f"SNS alert: {envelope.get('Subject', '')}")
    lines = body["text"].splitlines()
    for line in lines[:MAIL_LINES]:
        say(f"  | {line}")
    say(f"  | ... {len(lines) - MAIL_LINES} more lines, and the report that they name")
    return str(body["series"])


def decided_version(system: System, slug: str, known: int) -> dict[str, Any] | None:
    versions = system.versions(slug)
    return next((v for v in versions[known:] if v.get("verdict")), None)


def move_text(distribution: dict[str, Any]) -> str:
    """The distribution of a forecast in one sentence."""
    largest = distribution["odds"][-1]
    band = next(band for band in distribution["bands"] if band["level"] == 0.8)
    low, high = band["prices"]
    return (
        f"{low:,.0f} to {high:,.0f} in 80 % of cases, more than {largest['size']:.0%} away in {largest['either']:.0%}; "
        f"by {distribution['basis']}, skill {distribution['evidence']['verdict']}"
    )


def newest_forecast(system: System, slug: str) -> dict[str, Any] | None:
    """Current forecast, once predict has read the newest bars: it keeps a bar window for 5 s."""
    _, _, history = system.api("GET", f"/v1/series/{slug}/forecasts?limit=1")
    newest: str = history["forecasts"][-1]["decision_time"]
    _, _, forecast = system.api("GET", f"/v1/series/{slug}/forecast")
    return dict(forecast) if forecast["decision_time"] >= newest else None


def champion_text(champion: dict[str, Any]) -> str:
    verdict, after_costs = champion["edge"]["verdict"], champion["edge"]["after_costs"]["verdict"]
    edge = f"{verdict}, {after_costs.replace('_', ' ')}" if verdict == "shown" else verdict
    return f"version {champion['version']} ({champion['family']}), edge {edge}"


def summarise(system: System, series: list[str]) -> None:
    _, _, overview = system.api("GET", "/v1/series")
    for entry in overview["series"]:
        champion = entry.get("champion")
        say(f"{entry['series']:16} champion {champion_text(champion) if champion else 'none yet'}")
    for slug in (entry["series"] for entry in overview["series"] if entry["champion"]):
        forecast = wait_for(f"the newest forecast of {slug}", partial(newest_forecast, system, slug))
        codes = ", ".join(warning["code"] for warning in forecast["warnings"])
        text = f"p(up) {forecast['probability_up']:.3f} for {forecast['target_time'][:16]}, {forecast['direction']}"
        say(f"forecast  {slug}: {text}; warnings: {codes or 'none'}")
        say(f"          {move_text(forecast['distribution'])}")
    runs = {slug: len(system.query("runs", f"SERIES#{slug}", "RUN#")) for slug in series}
    say(f"runs      {', '.join(f'{slug}: {count}' for slug, count in runs.items())}")
    topic = system.outputs["alert_topic_arn"]
    for subscription in system.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        say(f"          subscribed: {subscription['Protocol']} {subscription['Endpoint']}")
    say(f"API       {system.address}")
    say(f"reports   s3://{system.outputs['bucket']}/reports/")
    say(f"exchange  {Exchange().url}/control/status")
    say("stop it   make down")
