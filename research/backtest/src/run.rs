//! From a file to a report: read, check, walk, evaluate, write.

use crate::{
    arguments::Arguments,
    error::BacktestError,
    evaluate::evaluate,
    report::{Data, Report},
    settings::Settings,
    walk::{BacktestResult, RefitRecord, run_backtest},
};
use features::dataset::Dataset;
use jiff::Timestamp;
use lake::FileBars;
use market_data::{csv::CsvOptions, time::TimeBounds};
use std::{fs, io::Write, path::Path, time::Instant};
use web::format_date;

/// Does what the arguments say and tells about it. Nothing is written before the bars are known to be good.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>, told: &mut impl Write) -> Result<(), BacktestError> {
    let arguments = Arguments::parse(arguments)?;
    let path = || arguments.data.clone();
    let bytes = fs::read(&arguments.data).map_err(|source| BacktestError::Read { path: path(), source })?;
    let options = CsvOptions { bounds: TimeBounds::at(Timestamp::now()), format: arguments.format };
    let FileBars { bars, description } = lake::read_file(&bytes, arguments.series.interval, options)
        .map_err(|source| BacktestError::Bars { path: path(), source })?;
    say(told, &format!("{}: {description}", arguments.data.display()));
    let history = Dataset::new(arguments.series.clone(), bars);
    let settings = Settings::new(&arguments, &history)?;
    let data = Data::new(&arguments.data, &history);
    let out = arguments.out;
    fs::create_dir_all(&out).map_err(|source| BacktestError::Write { path: out.clone(), source })?;
    say(told, &format!("{}: {}", history.series, data.summary()));

    let count = (history.bars.len() - history.index_from(settings.from)).div_ceil(settings.refit_bars);
    let (mut number, mut since) = (0, Instant::now());
    let walk = run_backtest(&history, &settings, &mut |refit: &RefitRecord| {
        number += 1;
        say(told, &format!("refit {number} of {count}: {}, {:.1} s", summary(refit), since.elapsed().as_secs_f64()));
        since = Instant::now();
    })?;
    let evaluation = evaluate(&history, &walk, &settings)?;
    let BacktestResult { refits, decisions } = walk;
    let report = Report::new(&history, data, &settings, refits, evaluation, decisions);

    let json = serde_json::to_vec_pretty(&report).map_err(|source| BacktestError::Json { source })?;
    let html = report.html(&history)?;
    write(&out.join("report.json"), &json)?;
    write(&out.join("report.html"), html.as_bytes())?;
    say(told, &report.verdict());
    say(told, &format!("written: {}", out.join("report.html").display()));
    Ok(())
}

/// A refit in one line.
fn summary(refit: &RefitRecord) -> String {
    let RefitRecord { fitted_at, rows, family, shrinkage, .. } = refit;
    let trials = refit.selection.as_ref().map_or_else(String::new, |made| format!("{} trials, ", made.trials));
    let skill = refit.out_of_fold.map_or_else(
        || "too little to search".to_owned(),
        |evidence| {
            let skill = evidence.edge.brier_skill;
            format!("{trials}{family}, shrinkage {shrinkage:.2}, out-of-fold Brier skill {skill:+.4}")
        },
    );
    format!("{}, {rows} rows, {skill}, {}", format_date(*fitted_at), if refit.abstains { "abstains" } else { "calls" })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BacktestError> {
    fs::write(path, bytes).map_err(|source| BacktestError::Write { path: path.to_owned(), source })
}

/// A reader who has gone away is no reason to stop.
fn say(told: &mut impl Write, text: &str) {
    let _ = writeln!(told, "{text}");
}
