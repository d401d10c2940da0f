//! Filters and orders on runs. The verdicts are those of `SearchUtils.filter` and `sort` of mlflow-skinny 3.17.2.

use super::*;
use crate::{MetricPoint, Run, run::RunStatus};
use proptest::prelude::*;

fn run(id: &str, loss: Option<f64>, start: i64) -> Run {
    let stored = serde_json::json!({
        "id": id, "experiment_id": "1", "name": format!("run {id}"), "user_id": "ada", "status": "FINISHED",
        "start_time": start, "params": {"depth": "3", "kind": "Random Forest"},
        "tags": {"team": "a", "mlflow.note.content": "it is good", "a b": "c"},
        "datasets": [{"tags": [{"key": "mlflow.data.context", "value": "train"}], "dataset": {"name": "bars", "digest": "d1"}}],
    });
    let mut run: Run = serde_json::from_value(stored).unwrap();
    assert_eq!(run.status, RunStatus::Finished);
    if let Some(value) = loss {
        run.merge_metric("val/loss", MetricPoint { value, timestamp: 1, step: 1 });
    }
    run
}

fn matches(filter: &str) -> bool {
    Filter::parse(filter, Schema::Runs).map(|parsed| parsed.matches(&run("r1", Some(0.5), 100))).unwrap()
}

#[test]
fn comparisons_hold_as_in_mlflow() {
    for filter in [
        "",
        "  ",
        "metrics.`val/loss` = 0.5",
        "metrics.\"val/loss\" <= 5e-1 and metrics.`val/loss` > -1",
        "metric.`val/loss` != 0.25",
        "`metrics`.`val/loss` >= .5",
        "metrics.`val/loss` < 1e+2",
        "params.depth = '3'",
        "parameters.kind LIKE 'Random%'",
        "param.kind ILIKE '%FOREST'",
        "params.kind != \"x\"",
        "tags.\"mlflow.note.content\" LIKE '%good%'",
        "tags.mlflow.note.content LIKE 'it%'",
        "tag.`a b` = 'c'",
        "tags.none IS NULL AND tags.team IS NOT NULL AND params.depth is not null",
        "attributes.run_id IN ('r0', 'r1')",
        "run_id NOT IN ('r0')",
        "attr.status = 'FINISHED' AND user_id = 'ada'",
        "run.run_name LIKE 'run _1'",
        "attribute.`run name` = 'run r1'",
        "start_time >= 100 AND created < 101",
        "artifact_uri LIKE 'mlflow-artifacts:/1/%'",
        "dataset.name = 'bars' AND datasets.digest IN ('d1') AND dataset.context ILIKE 'TR%'",
    ] {
        assert!(matches(filter), "{filter}");
    }
    for filter in [
        "metrics.`val/loss` > 0.5",
        "metrics.none != 1",
        "params.none != 'x'",
        "tags.none LIKE '%'",
        "end_time > 0",
        "end_time <= 0",
        "params.kind LIKE 'random%'",
        "dataset.name != 'bars'",
        "run_id IN ('r0') AND params.depth = '3'",
        "tags.team IS NULL",
    ] {
        assert!(!matches(filter), "{filter}");
    }
}

#[test]
fn texts_outside_the_grammar_are_rejected() {
    for filter in [
        "params.depth = 3",
        "metrics.loss = '3'",
        "metrics.loss LIKE 'x'",
        "metrics.loss IS NULL",
        "params.depth > '3'",
        "params.depth = '3' OR params.depth = '4'",
        "(params.depth = '3')",
        "NOT params.depth = '3'",
        "params.depth = '3' params.kind = 'x'",
        "AND params.depth = '3'",
        "params.depth = '3' AND",
        "params.depth",
        "params.depth =",
        "= '3'",
        "params.depth = '3",
        "params.`depth = '3'",
        "run_id IN 'r1'",
        "run_id IN ()",
        "run_id IN ('a' 'b')",
        "run_id IN ('a',)",
        "status IN ('FINISHED')",
        "params.depth IN ('3')",
        "attribute.none = 'x'",
        "nothing.key = 'x'",
        "dataset.source = 'x'",
        "start_time = 'x'",
        "start_time LIKE '1'",
        "metrics.loss > inf",
        "metrics.loss > 0x10",
        "metrics.loss > 1e999",
        "metrics.loss > --1",
        "params.depth == '3'",
        "params.depth <> '3'",
        "params.depth = '3'; DROP TABLE runs",
        "params.`` = '3'",
    ] {
        assert!(Filter::parse(filter, Schema::Runs).is_err(), "{filter}");
    }
    let many = vec!["params.a = 'b'"; 1_000].join(" AND ");
    assert!(Filter::parse(&many, Schema::Runs).is_err_and(|error| error.message.contains("100 comparisons")));
}

#[test]
fn each_search_has_its_own_attributes() {
    for (schema, filter, accepted) in [
        (Schema::Experiments, "name ILIKE '%x%' AND creation_time > 3", true),
        (Schema::Experiments, "metrics.a > 3", false),
        (Schema::Models, "name IN ('a') AND tags.x = 'y'", true),
        (Schema::Models, "creation_timestamp > 3", false),
        (Schema::Models, "params.x = 'y'", false),
        (Schema::Versions, "version_number > 3 AND run_id IN ('a') AND source_path LIKE 'm%'", true),
        (Schema::Versions, "tags.x IS NULL", false),
        (Schema::LoggedModels, "name = 'm' AND params.x = 'y' AND source_run_id = 'r'", true),
        (Schema::LoggedModels, "dataset.name = 'x'", false),
    ] {
        assert_eq!(Filter::parse(filter, schema).is_ok(), accepted, "{filter}");
    }
    let name = Filter::parse("tags.a = 'b' AND name = 'm'", Schema::Versions).unwrap();
    assert_eq!(name.required(Attribute::Name), Some("m"));
}

#[test]
fn a_model_without_the_prompt_tag_is_no_prompt() {
    let stored = r#"{"name":"m","created":1,"updated":2}"#;
    let model: crate::RegisteredModel = serde_json::from_str(stored).unwrap();
    let matches = |filter: &str| Filter::parse(filter, Schema::Models).unwrap().matches(&model);
    assert!(matches("tags.`mlflow.prompt.is_prompt` != 'true'") && matches("tags.`mlflow.prompt.is_prompt` = 'false'"));
    assert!(!matches("tags.`mlflow.prompt.is_prompt` = 'true'") && !matches("tags.other != 'true'"));
}

#[test]
fn entities_without_a_value_come_last_in_both_directions() {
    let runs = [
        run("a", None, 4),
        run("b", Some(f64::NAN), 3),
        run("c", Some(1.0), 2),
        run("d", Some(2.0), 1),
        run("e", None, 4),
    ];
    for (clause, expected) in [
        ("metrics.`val/loss`", "cdbae"),
        ("metrics.`val/loss` DESC", "dcbae"),
        ("start_time asc", "dcbae"),
        ("attributes.run_id DESC", "edcba"),
        ("params.depth", "aebcd"),
    ] {
        let order = OrderBy::parse(&[clause.to_owned()], Schema::Runs).unwrap();
        let mut sorted: Vec<&Run> = runs.iter().collect();
        sorted.sort_by_key(|run| order.key(*run));
        assert_eq!(sorted.iter().map(|run| run.id.as_str()).collect::<String>(), expected, "{clause}");
    }
    for clause in ["metrics.a up", "a b c", "", "dataset.name", "metrics.a; x", "'x'", "nothing.a", "unknown"] {
        assert!(OrderBy::parse(&[clause.to_owned()], Schema::Runs).is_err(), "{clause}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
        for schema in [Schema::Runs, Schema::Experiments, Schema::Models, Schema::Versions, Schema::LoggedModels] {
            let _ = Filter::parse(&text, schema);
            let _ = OrderBy::parse(std::slice::from_ref(&text), schema);
        }
    }

    #[test]
    fn quoted_keys_and_values_are_read_as_they_are(key in "[a-zA-Z0-9_][a-zA-Z0-9_ .:-]{0,20}[a-zA-Z0-9_]", value in "[^']{0,20}") {
        let mut run = run("r", None, 1);
        run.tags.insert(key.clone(), value.clone());
        let filter = format!("tags.`{key}` = '{value}'");
        prop_assert!(Filter::parse(&filter, Schema::Runs).unwrap().matches(&run));
    }

    #[test]
    fn the_order_is_total(a in proptest::num::f64::ANY, b in proptest::num::f64::ANY, c in proptest::num::f64::ANY) {
        let order = OrderBy::parse(&["metrics.`val/loss` DESC".to_owned()], Schema::Runs).unwrap();
        let keys = [a, b, c].map(|value| order.key(&run("r", Some(value), 1)));
        let mut sorted = keys.to_vec();
        sorted.sort();
        prop_assert!(sorted.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
