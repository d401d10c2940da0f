//! Benchmark of a training from CSV to fitted model: features, labels, search in purged walk-forward folds, ensemble,
//! calibration and final fit. Code and profile are those of the deployed function.
//!
//! `make bench-train` runs it beside scikit-learn, LightGBM and Optuna. To run it alone on a file of bars with the columns
//! timestamp,open,high,low,close,volume: `cargo bench -p training --bench train -- FILE SERIES [BARS]`. BARS limits it to the
//! first bars. It prints one JSON object with the seconds and peak memory of the process and the results. With the word
//! `config` instead of a file it prints the settings that the peer shares.

use features::WARM_UP_BARS;
use market_data::{
    Bar, Series,
    csv::{self, CsvOptions},
    time::TimeBounds,
};
use observability::peak_memory_mb;
use serde_json::json;
use std::{collections::BTreeMap, env, error::Error, fs, io, io::Write, time::Instant};
use training::{RefitInput, RefitOutcome, TrainingConfig, Trial, refit};

fn main() -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    // cargo adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [path, series, first @ ..] = &arguments[..] else {
        writeln!(io::stdout().lock(), "no history was named: `make bench-train` names one")?;
        return Ok(());
    };
    let series: Series = series.parse()?;
    let mut config = TrainingConfig::for_series(&series);
    // The trials are the budget: both sides make all of them.
    config.search.time_budget_seconds = 86_400;
    let report = if path == "config" {
        let mut settings = serde_json::to_value(&config)?;
        settings["warm_up_bars"] = WARM_UP_BARS.into();
        settings["horizon"] = series.horizon.into();
        settings["interval_seconds"] = series.interval.seconds().into();
        settings
    } else {
        let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
        let mut bars: Vec<Bar> = csv::read_bars(&fs::read(path)?, options)?.history(series.interval)?;
        if let [first] = first {
            let first: usize = first.parse()?;
            // A shorter history starts its folds earlier, in proportion.
            config.min_train = config.min_train * first / bars.len();
            bars.truncate(first);
        }
        let last = bars.last().ok_or("the history is empty")?;
        let as_of = series.decision_time(last.time);
        let input = RefitInput { series: &series, bars: &bars, config: &config, as_of, run: "bench", candidates: None };
        let trained = refit(&input)?;
        let seconds = begun.elapsed().as_secs_f64();
        report(&trained, bars.len(), seconds)?
    };
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}

fn report(trained: &RefitOutcome, bars: usize, seconds: f64) -> Result<serde_json::Value, Box<dyn Error>> {
    let folds = trained.trials.iter().map(|trial| trial.fold_log_losses.len()).max().unwrap_or(0);
    let through = trained.trials.iter().filter(|trial| trial.fold_log_losses.len() == folds);
    let best = through.map(|trial| trial.log_loss).fold(f64::INFINITY, f64::min);
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    for trial in &trained.trials {
        *tried.entry(trial.candidate.family().to_string()).or_default() += 1;
    }
    Ok(json!({
        "bars": bars,
        "rows": trained.rows,
        "trials": trained.trials.len(),
        "tried": tried,
        "candidates": trained.trials.iter().map(|trial| trial.candidate).collect::<Vec<_>>(),
        "fits": trained.trials.iter().map(|trial| trial.fold_log_losses.len()).sum::<usize>(),
        "pruned": Trial::pruned(&trained.trials),
        "best_trial_log_loss": best,
        "log_loss": trained.evidence.log_loss,
        "log_loss_climatology": trained.evidence.log_loss_climatology,
        "shrinkage": trained.artifact.shrinkage,
        "members": trained.artifact.members.iter().map(|member| member.family.to_string()).collect::<Vec<_>>(),
        "seconds": seconds,
        "peak_mb": peak_memory_mb().ok_or("the process has no VmHWM")?,
    }))
}
