"""A notebook's way through MLflow's client, on the server of MLFLOW_TRACKING_URI: `notebook.py NAME SPACE`.

Ends with status 1 at the first surprise. SPACE stands for a space in names; requests-auth-aws-sigv4 cannot sign one.

Runs in the environment of `tools mlflow`, unchanged client, nothing patched.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path

import mlflow
import mlflow.sklearn
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

LARGE_BYTES = 6_000_000


def refused(code: str, call, *arguments, **named) -> None:  # type: ignore[no-untyped-def]
    try:
        call(*arguments, **named)
    except MlflowException as error:
        found = error.error_code
    else:
        found = "nothing"
    assert found == code, f"{call.__name__}{arguments} was refused with {found}, not {code}"


def experiments(client: MlflowClient, name: str) -> str:
    experiment = mlflow.set_experiment(name)
    assert mlflow.set_experiment(name).experiment_id == experiment.experiment_id
    refused("RESOURCE_ALREADY_EXISTS", client.create_experiment, name)
    client.set_experiment_tag(experiment.experiment_id, "team", "a")
    found = client.search_experiments(filter_string=f"name = '{name}' AND tags.team = 'a'")
    assert [one.experiment_id for one in found] == [experiment.experiment_id]
    assert client.get_experiment("0").name == "Default"
    other = client.create_experiment(name + "-other", tags={"a": "b"})
    client.rename_experiment(other, name + "-renamed")
    assert client.get_experiment_by_name(name + "-other") is None
    client.create_experiment(name + "-other")
    client.delete_experiment(other)
    refused("INVALID_PARAMETER_VALUE", client.create_run, other)
    client.restore_experiment(other)
    assert client.get_experiment(other).lifecycle_stage == "active"
    refused("RESOURCE_DOES_NOT_EXIST", client.get_experiment, "123")
    refused("INVALID_PARAMETER_VALUE", client.create_experiment, name + "-x", artifact_location="s3://other/key")
    return str(experiment.experiment_id)


def runs(client: MlflowClient, experiment: str) -> str:
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"kind": "forest", "long": "v" * 6_000})
        for step in range(3):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metrics({"val/auc": 0.5, "nan": math.nan, "inf": math.inf}, step=1)
        mlflow.set_tags({"a b": "c", "mlflow.note.content": "it is good"})
        frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="bars", source="bars.csv"), context="train")
        with mlflow.start_run(nested=True, run_name="child"):
            mlflow.log_metric("loss", 9.0)
    first = str(run.info.run_id)
    stored = client.get_run(first)
    assert stored.info.status == "FINISHED" and stored.info.run_name == "first"
    assert stored.data.params["depth"] == "3" and len(stored.data.params["long"]) == 6_000
    assert stored.data.metrics["loss"] == 1 / 3 and math.isnan(stored.data.metrics["nan"])
    assert stored.data.metrics["inf"] == math.inf
    assert stored.inputs.dataset_inputs[0].dataset.name == "bars"
    assert [point.value for point in client.get_metric_history(first, "loss")] == [1.0, 1 / 2, 1 / 3]
    refused("INVALID_PARAMETER_VALUE", client.log_param, first, "depth", "4")
    client.log_param(first, "depth", 3)
    refused("INVALID_PARAMETER_VALUE", client.log_metric, first, "../x", 1.0)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_run, "0" * 32)
    client.set_tag(first, "gone", "1")
    client.delete_tag(first, "gone")
    refused("RESOURCE_DOES_NOT_EXIST", client.delete_tag, first, "gone")
    client.update_run(first, name="renamed")
    assert client.get_run(first).info.run_name == "renamed"
    return first


def searches(client: MlflowClient, experiment: str, first: str) -> None:
    made = []
    for index in range(5):
        run = client.create_run(experiment, start_time=1_000 + index, tags={"batch": "search"})
        now = int(time.time() * 1_000)
        metrics = [Metric("score", float(index % 3), now, 0), Metric("rank", float(index), now, 0)]
        client.log_batch(run.info.run_id, metrics, [Param("index", str(index))], [RunTag("even", str(index % 2 == 0))])
        client.set_terminated(run.info.run_id)
        made.append(run.info.run_id)

    def found(text: str, *order: str, view: int = ViewType.ACTIVE_ONLY) -> list[int]:
        text = " AND ".join(part for part in ("tags.batch = 'search'", text) if part)
        page = client.search_runs([experiment], text, run_view_type=view, order_by=list(order))
        return [made.index(run.info.run_id) for run in page]

    assert found("") == [4, 3, 2, 1, 0]
    assert found("", "metrics.score DESC", "metrics.rank ASC") == [2, 1, 4, 0, 3]
    assert found("metrics.score >= 1 and params.index != '1'", "attributes.start_time ASC") == [2, 4]
    assert found("tags.even ILIKE 'TRUE'", "params.`index`") == [0, 2, 4]
    assert found(f"run_id IN ('{made[1]}', '{made[3]}')") == [3, 1]
    assert found("params.missing IS NULL AND status = 'FINISHED' AND end_time > 0", "metrics.none", "metrics.rank") == [
        0,
        1,
        2,
        3,
        4,
    ]
    client.delete_run(made[0])
    assert found("metrics.rank < 2") == [1] and found("", view=ViewType.DELETED_ONLY) == [0]
    refused("INVALID_PARAMETER_VALUE", client.log_metric, made[0], "x", 1.0)
    client.restore_run(made[0])
    assert found("metrics.rank < 2") == [1, 0]
    pages, token = [], None
    while True:
        page = client.search_runs([experiment], "tags.batch = 'search'", max_results=2, page_token=token)
        pages += [made.index(run.info.run_id) for run in page]
        token = page.token
        if not token:
            break
    assert pages == [4, 3, 2, 1, 0]
    page = client.search_runs([experiment], max_results=1)
    refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment], "tags.a = 'b'", page_token=page.token)
    for text in ("params.a = 3", "metrics.a = 'x'", "a OR b", "params.a = 'b' OR params.c = 'd'"):
        refused("INVALID_PARAMETER_VALUE", client.search_runs, [experiment], text)
    frame = mlflow.search_runs([experiment], filter_string="dataset.name = 'bars'")
    assert list(frame["run_id"]) == [first] and frame["metrics.loss"][0] == 1 / 3
    assert len(mlflow.search_runs([experiment], filter_string="tags.mlflow.parentRunId != ''")) == 1


def files(client: MlflowClient, run: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        (home / name).write_text("hello")
        (home / "empty").write_bytes(b"")
        client.log_artifacts(run, directory, "dir/inner")
        client.log_text(run, "top", "top.txt")
        assert [file.path for file in client.list_artifacts(run)] == ["dir", "top.txt"]
        assert [file.path for file in client.list_artifacts(run, "dir/inner")] == [
            f"dir/inner/{name}",
            "dir/inner/empty",
        ]
        local = Path(client.download_artifacts(run, "dir", str(home)))
        assert (local / "inner" / name).read_text() == "hello" and (local / "inner" / "empty").read_bytes() == b""
        large = home / "large.bin"
        large.write_bytes(bytes(range(256)) * (LARGE_BYTES // 256))
        client.log_artifact(run, str(large))
        (home / "back").mkdir()
        back = Path(client.download_artifacts(run, "large.bin", str(home / "back")))
        assert back.read_bytes() == large.read_bytes()


def models(client: MlflowClient, name: str, spaces: bool) -> None:
    features, labels = make_classification(n_samples=60, n_features=4, random_state=1)
    with mlflow.start_run() as run:
        model = LogisticRegression().fit(features, labels)
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            registered_model_name=name,
            input_example=features[:2],
            serialization_format="cloudpickle",
        )
    client.set_registered_model_alias(name, "best", "1")
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@best")
    assert (loaded.predict(features) == model.predict(features)).all()
    again = mlflow.sklearn.load_model(f"models:/{name}/1")
    assert (again.predict_proba(features) == model.predict_proba(features)).all()
    assert mlflow.sklearn.load_model(logged.model_uri).n_features_in_ == 4
    version = client.get_model_version_by_alias(name, "best")
    found = (version.run_id, str(version.version), version.aliases)
    assert found == (run.info.run_id, "1", ["best"]), found
    second = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id, tags={"k": "v"})
    assert str(second.version) == "2"
    client.set_model_version_tag(name, "2", "gate", "passed")
    client.update_model_version(name, "2", "better")
    assert [
        str(one.version) for one in client.search_model_versions(f"name='{name}'", order_by=["version_number"])
    ] == ["1", "2"]
    client.set_registered_model_alias(name, "best", "2")
    model_entity = client.get_registered_model(name)
    assert model_entity.aliases == {"best": "2"} and str(model_entity.latest_versions[0].version) == "2", model_entity
    if spaces:
        found_versions = client.search_model_versions(f"name = '{name}' and tags.gate = 'passed'")
        assert [str(one.version) for one in found_versions] == ["2"]
        assert name in [one.name for one in client.search_registered_models(f"name ILIKE '{name}'")]
        assert name in [one.name for one in mlflow.search_registered_models()]
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, name, "latest", "1")
    refused("RESOURCE_DOES_NOT_EXIST", client.set_registered_model_alias, name, "best", "9")
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, name)
    refused("NOT_IMPLEMENTED", client.transition_model_version_stage, name, "1", "Production")
    refused("NOT_IMPLEMENTED", client.rename_registered_model, name, name + " b")
    for source in ("/etc/passwd", "file:///etc/passwd", "s3://other/key", "mlflow-artifacts:/1/../2", "https://host/x"):
        refused("INVALID_PARAMETER_VALUE", client.create_model_version, name, source)
    client.delete_registered_model_alias(name, "best")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, name, "best")
    client.delete_model_version(name, "2")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, name, "2")
    found = mlflow.search_logged_models([run.info.experiment_id], output_format="list")
    assert [one.model_id for one in found] == [logged.model_id]


def main() -> int:
    name, space = sys.argv[1:]
    client = MlflowClient()
    experiment = experiments(client, name)
    first = runs(client, experiment)
    searches(client, experiment, first)
    files(client, first, f"a{space}b.txt")
    models(client, f"{name}-model", space == " ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
