#![no_main]
//! Filters, orders, page tokens and paths of MLflow's REST API: what is accepted is evaluated without a panic, and paths stay below
//! their root.

use mlflow_protocol::{ArtifactPath, Filter, OrderBy, PageToken, Run, Schema};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let stored = r#"{"id":"r","experiment_id":"1","name":"n","status":"RUNNING","start_time":5,"params":{"a":"b"},"tags":{"c":"d"}}"#;
    let Ok(run) = serde_json::from_str::<Run>(stored) else { unreachable!("the run is valid") };
    for schema in [Schema::Runs, Schema::Experiments, Schema::Models, Schema::Versions, Schema::LoggedModels] {
        if let Ok(filter) = Filter::parse(text, schema) {
            let _ = filter.matches(&run);
        }
        if let Ok(order) = OrderBy::parse(&[text.to_owned()], schema) {
            assert_eq!(order.key(&run), order.key(&run));
        }
    }
    if let Ok(token) = PageToken::resume(&["runs"], Some(text)) {
        assert!(text.is_empty() || token.to_string() == text);
    }
    if let Ok(path) = ArtifactPath::from_address(text) {
        assert!(path.parts().all(|part| part != ".." && part != "."));
        assert!(!path.as_str().starts_with('/') && !path.as_str().contains('\\'));
        assert_eq!(ArtifactPath::from_address(path.as_str()), Ok(path.clone()));
    }
});
