//! Walk-forward backtest: reads and validates bars, forecasts, evaluates and writes a report.

mod deployed;
mod distributions;
mod evaluate;
mod forecast;
mod refit_record;
mod report;
mod settings;
#[cfg(test)]
mod testing;
mod track_record;
mod walk;

use crate::{
    cli::{BacktestArgs, Mode},
    deployed::TrainingRecord,
    error::ResearchError,
    input::read_bars,
    output::{create_directory, print, write_file, write_json},
};
use deployed::run_deployed;
use evaluate::evaluate;
use features::dataset::Dataset;
use lake::FileBars;
use refit_record::RefitRecord;
use report::{DataSummary, Report};
use settings::Settings;
use std::{io::Write, time::Instant};
use walk::{BacktestResult, run_backtest};
use web::format_date;

/// Runs a backtest and prints its progress. Nothing is written before the bars are known to be valid.
pub(crate) fn run(arguments: &BacktestArgs, output: &mut impl Write) -> Result<(), ResearchError> {
    let data = &arguments.bars.data;
    let FileBars { bars, description } = read_bars(&arguments.bars, arguments.series.interval)?;
    print(output, &format!("{}: {description}", data.display()));
    let dataset = Dataset::new(arguments.series.clone(), bars);
    let settings = Settings::new(arguments, &dataset)?;
    let data = DataSummary::new(data, &dataset);
    let out = arguments.out();
    create_directory(&out)?;
    print(output, &format!("{}: {}", dataset.series, data.summary()));

    let refit_count = (dataset.bars.len() - dataset.index_from(settings.from)).div_ceil(settings.refit_bars);
    let (mut refits_done, mut started) = (0, Instant::now());
    let mut progress = |kind: &str, summary: String| {
        refits_done += 1;
        let seconds = started.elapsed().as_secs_f64();
        print(output, &format!("{kind} {refits_done} of {refit_count}: {summary}, {seconds:.1} s"));
        started = Instant::now();
    };
    let result = match settings.mode {
        Mode::Refit => run_backtest(&dataset, &settings, &mut |refit| progress("refit", summary(refit)))?,
        Mode::Deployed => {
            run_deployed(&dataset, &settings, &mut |training| progress("training", training_summary(training)))?
        }
    };
    let evaluation = evaluate(&dataset, &result, &settings)?;
    let BacktestResult { refits, trainings, forecasts } = result;
    let report = Report::new(&dataset, data, &settings, refits, evaluation, forecasts).with_trainings(trainings);

    let html = report.html(&dataset)?;
    write_json(&out.join("report.json"), &report)?;
    write_file(&out.join("report.html"), html.as_bytes())?;
    print(output, &report.verdict());
    if let Some(distribution) = report.evaluation.as_ref().and_then(|evaluation| evaluation.distribution.as_ref()) {
        print(output, &distribution.text);
    }
    print(output, &format!("written: {}", out.join("report.html").display()));
    Ok(())
}

/// Summary of a training in one line.
fn training_summary(training: &TrainingRecord) -> String {
    let TrainingRecord { as_of, promotions, admitted, version, champion, shadow, .. } = training;
    let decisions = match (version, promotions.is_empty(), admitted) {
        (None, ..) => "too few bars",
        (_, false, _) => "promoted",
        (_, true, true) => "admitted to the shadow",
        (_, true, false) => "rejected",
    };
    format!("{}, {decisions}, version {champion} serves, shadow {shadow:?}", format_date(*as_of))
}

/// Summary of a refit in one line.
fn summary(refit: &RefitRecord) -> String {
    let RefitRecord { fitted_at, rows, family, shrinkage, .. } = refit;
    let trials =
        refit.selection.as_ref().map_or_else(String::new, |selection| format!("{} trials, ", selection.trials));
    let skill = refit.out_of_fold.map_or_else(
        || "too little to search".to_owned(),
        |score| {
            let skill = score.edge.brier_skill;
            format!("{trials}{family}, shrinkage {shrinkage:.2}, out-of-fold Brier skill {skill:+.4}")
        },
    );
    format!("{}, {rows} rows, {skill}, {}", format_date(*fitted_at), if refit.abstains { "abstains" } else { "calls" })
}
