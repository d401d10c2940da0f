//! SHA-256 of three trained models and of what their trainings recorded: `make golden`.
//!
//! Everything that a training depends on is fixed here: bars, run name, seed, clock and number of trials. Two commits that
//! print the same have the same arithmetic and the same serialised names. No hash is committed, because results of `libm`
//! differ between processors: compare outputs of one machine and one toolchain.
//!
//! Usage: `golden [DATA_DIR]`. DATA_DIR holds `eth_usd_1d.csv` and `eth_usd_1h.csv`; without them the bars are simulated.

use evaluation::Costs;
use market_data::{
    Bar, Interval, Series,
    csv::{self, CsvOptions},
    time::TimeBounds,
};
use market_simulator::MarketModel;
use model::Artifact;
use monitoring::MonitoringConfig;
use serde::Serialize;
use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    path::Path,
};
use training::{
    BaselineChampion, SearchConfig, SearchProgress, TrainError, TrainingConfig, TrainingInput, TrainingOutcome,
    baseline_champion, train,
};

const SERIES: [&str; 3] = ["eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h24"];
const RUN: &str = "golden";
const SEED: u64 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).unwrap_or_default();
    let mut out = io::stdout().lock();
    for slug in SERIES {
        let series: Series = slug.parse()?;
        let (origin, bars) = match stored(Path::new(&directory), series.interval)? {
            Some(bars) => ("stored", bars),
            None => ("simulated", simulated(series.interval)?),
        };
        let last = bars.last().ok_or("the history is empty")?;
        let mut line = |what: &str, value: &str| writeln!(out, "{slug} {what} {value}");
        line("bars", &format!("{origin} {} through {}", bars.len(), last.time))?;
        let (champion, trained) = trained(&series, &bars)?;
        line("baseline", &Artifact::sha256(&champion.artifact.to_bytes()?))?;
        line("baseline-drift", &hash(&champion.drift_reference)?)?;
        line("model", &trained.sha256)?;
        line("model-bytes", &trained.bytes.len().to_string())?;
        line("members", &trained.artifact.members.len().to_string())?;
        line("dataset", &trained.dataset_hash)?;
        line("config", &hash(&config(&series))?)?;
        line("drift", &hash(&trained.drift_reference)?)?;
        line("trials", &hash(&trained.trials)?)?;
        line("selection", &hash(&trained.selection)?)?;
        line("evidence", &hash(&trained.evidence)?)?;
        line("importances", &hash(&trained.importances)?)?;
        line("evaluation", &hash(&trained.evaluation)?)?;
        line("gate", &hash(&trained.verdict)?)?;
        line("rows", &format!("{} of which {} trained on", trained.rows, trained.train_rows))?;
        line("holdout-log-loss", &trained.evaluation.forecast.scores.log_loss.to_string())?;
        if series.interval == Interval::Day {
            for family in config(&series).search.families {
                let defaults = config(&series);
                let search = SearchConfig { families: vec![family], trials: 4, ..defaults.search };
                let outcome = challenger(&series, &bars, &TrainingConfig { search, ..defaults }, None)?;
                line(&format!("model-{family}"), &outcome.sha256)?;
            }
        }
    }
    Ok(())
}

/// The first champion, and the challenger that is compared with it.
fn trained(series: &Series, bars: &[Bar]) -> Result<(BaselineChampion, TrainingOutcome), Box<dyn Error>> {
    let (config, drift) = (config(series), MonitoringConfig::for_interval(series.interval));
    let as_of = series.decision_time(bars[bars.len() - 1].time);
    let champion = baseline_champion(series, bars, &config, &drift, as_of, RUN)?;
    let outcome = challenger(series, bars, &config, Some(&champion.artifact))?;
    Ok((champion, outcome))
}

fn challenger(
    series: &Series,
    bars: &[Bar],
    config: &TrainingConfig,
    champion: Option<&Artifact>,
) -> Result<TrainingOutcome, TrainError> {
    let drift = &MonitoringConfig::for_interval(series.interval);
    let as_of = series.decision_time(bars[bars.len() - 1].time);
    train(&TrainingInput {
        series,
        bars,
        config,
        drift,
        champion,
        costs: Costs::default(),
        as_of,
        run: RUN,
        progress: SearchProgress::NONE,
    })
}

/// Few trials of every family. Nothing is shrunk away, so that the members stay in the model without any skill too.
fn config(series: &Series) -> TrainingConfig {
    let defaults = TrainingConfig::for_series(series);
    let trials = match series.interval {
        Interval::Day => 12,
        Interval::Hour => 8,
    };
    let search = SearchConfig { trials, startup: 4, batch: 4, time_budget_seconds: 86_400, ..defaults.search };
    TrainingConfig { search, seed: SEED, evidence_penalty: 0.0, fit_rows: 3_000, resamples: 400, ..defaults }
}

/// The bars of a file; none when it is not there.
fn stored(directory: &Path, interval: Interval) -> Result<Option<Vec<Bar>>, Box<dyn Error>> {
    let path = directory.join(format!("eth_usd_{interval}.csv"));
    if !path.exists() {
        return Ok(None);
    }
    let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
    Ok(Some(csv::read_bars(&fs::read(path)?, options)?.history(interval)?))
}

fn simulated(interval: Interval) -> Result<Vec<Bar>, Box<dyn Error>> {
    let market = MarketModel::new(SEED, interval, "2016-01-01T00:00:00Z".parse()?);
    let bars = match interval {
        Interval::Day => 2_500,
        Interval::Hour => 40_000,
    };
    Ok(MarketModel { signal: 0.5, ..market }.bars(bars))
}

/// Hex SHA-256 of the JSON.
fn hash(record: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(Artifact::sha256(&serde_json::to_vec(record)?))
}
