//! Ids of experiments, runs and logged models.
//!
//! The id of a run or model begins with that of its experiment, so that one read finds it: 16 hexadecimal digits of the
//! experiment, then 16 random ones.

use mlflow_protocol::{ApiError, ErrorCode, Result};

/// Largest id of an experiment: 18 decimal digits, as MLflow's own file store has.
const MAX_EXPERIMENT: u64 = 999_999_999_999_999_999;
/// Id of the experiment `Default`.
pub(crate) const DEFAULT_EXPERIMENT: &str = "0";

fn random() -> Result<u64> {
    getrandom::u64().map_err(|_| ApiError::new(ErrorCode::InternalError, "no random number is available"))
}

/// New id of an experiment.
pub(crate) fn new_experiment() -> Result<String> {
    Ok((1 + random()? % MAX_EXPERIMENT).to_string())
}

/// New id of a run of an experiment.
pub(crate) fn new_run(experiment: &str) -> Result<String> {
    Ok(format!("{:016x}{:016x}", number(experiment).ok_or_else(|| no_experiment(experiment))?, random()?))
}

/// New id of a logged model of an experiment.
pub(crate) fn new_model(experiment: &str) -> Result<String> {
    new_run(experiment).map(|id| format!("m-{id}"))
}

/// Number of an experiment's id, in its only spelling.
fn number(experiment: &str) -> Option<u64> {
    let number: u64 = experiment.parse().ok()?;
    (number <= MAX_EXPERIMENT && number.to_string() == experiment).then_some(number)
}

/// True if `id` can be the id of an experiment of people.
pub(crate) fn is_experiment(id: &str) -> bool {
    number(id).is_some()
}

/// Experiment of a run; `None` if the id is none of ours.
pub(crate) fn experiment_of_run(id: &str) -> Option<String> {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let (experiment, random) = id.split_at_checked(16)?;
    if random.len() != 16 || !id.chars().all(is_hex) {
        return None;
    }
    let number = u64::from_str_radix(experiment, 16).ok()?;
    (number <= MAX_EXPERIMENT).then(|| number.to_string())
}

/// Experiment of a logged model; `None` if the id is none of ours.
pub(crate) fn experiment_of_model(id: &str) -> Option<String> {
    experiment_of_run(id.strip_prefix("m-")?)
}

/// The experiment does not exist.
pub(crate) fn no_experiment(id: &str) -> ApiError {
    ApiError::missing(format!("No Experiment with id={} exists", shown(id)))
}

/// The run does not exist.
pub(crate) fn no_run(id: &str) -> ApiError {
    ApiError::missing(format!("Run with id={} not found", shown(id)))
}

/// The logged model does not exist.
pub(crate) fn no_model(id: &str) -> ApiError {
    ApiError::missing(format!("Logged model with ID '{}' not found.", shown(id)))
}

/// Start of a caller's text for a message.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(100).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_run_has_that_of_its_experiment() {
        for experiment in [DEFAULT_EXPERIMENT.to_owned(), new_experiment().unwrap(), MAX_EXPERIMENT.to_string()] {
            let run = new_run(&experiment).unwrap();
            assert_eq!((run.len(), experiment_of_run(&run)), (32, Some(experiment.clone())));
            assert_eq!(experiment_of_model(&new_model(&experiment).unwrap()), Some(experiment));
        }
    }

    #[test]
    fn other_spellings_are_no_ids() {
        for id in ["", "00", "-1", "+1", "1.0", "1000000000000000000", "eth-usd-1d-h1", " 1"] {
            assert!(!is_experiment(id), "{id}");
        }
        for id in [
            "",
            "0123",
            "g".repeat(32).as_str(),
            "F".repeat(32).as_str(),
            "f".repeat(32).as_str(),
            "é".repeat(16).as_str(),
        ] {
            assert_eq!(experiment_of_run(id), None, "{id}");
        }
    }
}
