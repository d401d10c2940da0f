use crate::*;
use contracts::{costs::Costs, forecast::EdgeVerdict};
use features::WARM_UP_BARS;
use jiff::Timestamp;
use market_data::{Bar, Interval, Series};
use market_simulator::MarketModel;
use monitoring::MonitoringConfig;

fn series() -> Series {
    "eth-usd-1d-h1".parse().unwrap()
}

fn market(seed: u64, signal: f64, days: usize) -> Vec<Bar> {
    let market = MarketModel::new(seed, Interval::Day, "2016-01-01T00:00:00Z".parse().unwrap());
    MarketModel { signal, ..market }.bars(days)
}

/// Configuration of a small search, which keeps the tests fast.
fn config() -> TrainingConfig {
    let defaults = TrainingConfig::for_series(&series());
    let search = SearchConfig { trials: 8, startup: 4, batch: 4, ..defaults.search.clone() };
    TrainingConfig { search, resamples: 400, ..defaults }
}

fn as_of(bars: &[Bar]) -> Timestamp {
    series().decision_time(bars.last().unwrap().time)
}

fn run(bars: &[Bar], as_of: Timestamp, champion: Option<&model::Artifact>) -> TrainingOutcome {
    try_train(bars, as_of, champion, &config(), SearchProgress::NONE).unwrap()
}

fn try_train(
    bars: &[Bar],
    as_of: Timestamp,
    champion: Option<&model::Artifact>,
    config: &TrainingConfig,
    progress: SearchProgress<'_>,
) -> Result<TrainingOutcome, TrainError> {
    let (series, drift) = (series(), MonitoringConfig::for_interval(Interval::Day));
    train(&TrainingInput {
        series: &series,
        bars,
        config,
        drift: &drift,
        champion,
        costs: Costs::default(),
        as_of,
        run: "run-1",
        holdout_role: HoldOutRole::Promotes,
        progress,
    })
}

fn baseline(bars: &[Bar]) -> model::Artifact {
    let drift = MonitoringConfig::for_interval(Interval::Day);
    baseline_champion(&series(), bars, &config(), &drift, as_of(bars), "run-0").unwrap().artifact
}

#[test]
fn a_strong_signal_is_found_and_passes_the_gate() {
    let bars = market(1, 0.8, 2500);
    let champion = baseline(&bars);
    let outcome = run(&bars, as_of(&bars), Some(&champion));
    assert!(outcome.verdict.direction.promoted, "{:?}", outcome.verdict.reasons);
    let auc = outcome.evaluation.forecast.scores.auc.unwrap();
    assert!((0.56..0.75).contains(&auc), "{auc}");
    assert_eq!(outcome.artifact.edge.verdict, EdgeVerdict::Shown);
    assert!(outcome.evaluation.forecast.scores.log_loss < outcome.evaluation.climatology.scores.log_loss);
    assert_eq!(
        outcome.verdict.direction.n, outcome.evaluation.n,
        "the first champion leaves the whole hold-out to compare on"
    );
    let weights: f64 = outcome.trials.iter().map(|trial| trial.weight).sum();
    assert!((weights - 1.0).abs() < 1e-12, "{weights}");
    assert_eq!(outcome.artifact.members.len(), outcome.trials.iter().filter(|trial| trial.weight > 0.0).count());
    let record = outcome.evaluation.selection.as_ref().unwrap();
    assert!(record.trials == 8 && record.deflated_sharpe.unwrap() > 0.5, "{record:?}");
    assert_eq!(record.overfitting_probability, outcome.selection.overfitting_probability);
    assert_eq!(outcome.importances.len(), features::feature_names().len());
    assert!((outcome.importances.iter().map(|importance| importance.share).sum::<f64>() - 1.0).abs() < 1e-9);
    let read = model::Artifact::from_bytes(&outcome.bytes, &outcome.sha256).unwrap();
    assert_eq!(read, outcome.artifact);
}

#[test]
fn a_market_without_signal_does_not_pass_the_gate() {
    for seed in 10..16 {
        let bars = market(seed, 0.0, 2000);
        let outcome = run(&bars, as_of(&bars), Some(&baseline(&bars)));
        assert!(!outcome.verdict.direction.promoted, "seed {seed}: {:?}", outcome.verdict);
        let auc = outcome.evaluation.forecast.scores.auc.unwrap();
        assert!((0.43..0.57).contains(&auc), "seed {seed}: {auc}");
    }
}

#[test]
fn a_challenger_equal_to_the_champion_is_not_promoted() {
    let bars = market(1, 0.8, 2500);
    let champion = run(&bars, as_of(&bars), None).artifact;
    let again = run(&bars, as_of(&bars), Some(&champion));
    assert!(!again.verdict.direction.promoted);
    assert!(again.verdict.direction.gain_over_climatology.lo > 0.0);
}

#[test]
fn the_champion_is_compared_only_on_labels_after_its_training() {
    let bars = market(1, 0.8, 2500);
    let mut champion = baseline(&bars);
    let all = run(&bars, as_of(&bars), Some(&champion));
    champion.trained_through = all.evaluation.through - series().interval.duration() * 200;
    assert_eq!(run(&bars, as_of(&bars), Some(&champion)).verdict.direction.n, 200);
    champion.trained_through = all.evaluation.through;
    let judged = try_train(&bars, as_of(&bars), Some(&champion), &config(), SearchProgress::NONE);
    assert!(matches!(judged, Err(TrainError::NoComparableRows { .. })));
}

#[test]
fn one_and_two_threads_give_equal_bytes() {
    let bars = market(2, 0.5, 1800);
    let train_on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&bars, as_of(&bars), None))
    };
    let (single, double) = (train_on(1), train_on(2));
    assert_eq!(single.bytes, double.bytes);
    assert_eq!(single.trials, double.trials);
    assert_eq!(single.verdict, double.verdict);
}

/// Fits of hours are on enough rows for boosting's other way to fill histograms.
#[test]
fn one_and_two_threads_give_equal_bytes_on_hours() {
    let series: Series = "eth-usd-1h-h1".parse().unwrap();
    let market = MarketModel::new(2, Interval::Hour, "2016-01-01T00:00:00Z".parse().unwrap());
    let bars = MarketModel { signal: 0.3, ..market }.bars(14_000);
    let as_of = series.decision_time(bars.last().unwrap().time);
    let defaults = TrainingConfig::for_series(&series);
    let search = SearchConfig { trials: 4, startup: 2, batch: 2, ..defaults.search.clone() };
    let config = TrainingConfig { search, resamples: 100, folds: 2, ..defaults };
    let refit_on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let input = RefitInput { series: &series, bars: &bars, config: &config, as_of, run: "run-1", candidates: None };
        pool.install(|| refit(&input).unwrap())
    };
    let (single, double) = (refit_on(1), refit_on(2));
    let has_boosting =
        |artifact: &model::Artifact| artifact.members.iter().any(|member| member.family == model::Family::Boosting);
    assert!(has_boosting(&single.artifact), "{:?}", single.trials);
    assert_eq!(single.artifact.to_bytes().unwrap(), double.artifact.to_bytes().unwrap());
    assert_eq!(single.trials, double.trials);
}

/// Look-ahead check: bars after `as_of` change nothing, and bars of the hold-out change neither model nor calibration.
#[test]
fn later_bars_change_neither_model_nor_evaluation() {
    let bars = market(3, 0.5, 1800);
    let other = market(4, 0.5, 1800);
    let now = as_of(&bars[..1700]);
    let before = run(&bars[..1700], now, None);
    let splice = |at: usize| [&bars[..at], &other[at..]].concat();
    let after = run(&splice(1700), now, None);
    assert_eq!(before.bytes, after.bytes);
    assert_eq!(before.evaluation, after.evaluation);
    assert_eq!(before.dataset_hash, after.dataset_hash);

    let first_held = bars.iter().position(|bar| series().decision_time(bar.time) == before.evaluation.from).unwrap();
    let changed = run(&splice(first_held + 1)[..1700], now, None);
    assert_eq!(changed.artifact.members, before.artifact.members);
    assert_eq!(changed.artifact.shrinkage.to_bits(), before.artifact.shrinkage.to_bits());
    assert_eq!(changed.evidence, before.evidence);
    assert_eq!(changed.artifact.calibration, before.artifact.calibration);
    assert_eq!(changed.trials, before.trials);
    assert_ne!(changed.evaluation, before.evaluation);
}

#[test]
fn a_short_history_has_a_baseline_and_needs_more_bars() {
    let bars = market(5, 0.0, 300);
    let champion = baseline(&bars);
    assert!((0.3..0.7).contains(&champion.base_rate));
    assert!(champion.to_bytes().is_ok());
    let (series, config, drift) = (series(), config(), MonitoringConfig::for_interval(Interval::Day));
    let as_of = as_of(&bars);
    let error = try_train(&bars, as_of, None, &config, SearchProgress::NONE).unwrap_err();
    assert!(error.needs_more_bars(), "{error}");
    assert!(baseline_champion(&series, &bars[..50], &config, &drift, as_of, "r").unwrap_err().needs_more_bars());
}

fn refit_all(bars: &[Bar], as_of: Timestamp) -> RefitOutcome {
    refit(&RefitInput { series: &series(), bars, config: &config(), as_of, run: "run-1", candidates: None }).unwrap()
}

/// A refit is a training whose rows end with the history, so both must select and fit the same model.
#[test]
fn a_refit_equals_a_training_on_the_same_rows() {
    let bars = market(1, 0.8, 1800);
    let trained = run(&bars, as_of(&bars), None).artifact;
    let then = series().target_time(trained.trained_through);
    let refitted = refit_all(&bars, then).artifact;
    assert_eq!(refitted.trained_through, trained.trained_through);
    // The evidence of a training is that of its hold-out.
    let evidence = trained.distribution.as_ref().unwrap().evidence;
    let distribution = refitted.distribution.clone().map(|part| model::DistributionPart { evidence, ..part });
    let (edge, trained_at) = (trained.edge, trained.trained_at);
    let alike = model::Artifact { edge, trained_at, distribution, ..refitted };
    assert!(alike.distribution == trained.distribution, "{:?}", alike.distribution);
    assert!(alike == trained, "the directions differ");
}

#[test]
fn a_refit_uses_all_settled_rows_and_no_later_bar() {
    let (bars, other) = (market(3, 0.5, 1200), market(4, 0.5, 1200));
    let now = as_of(&bars[..1100]);
    let before = refit_all(&bars[..1100], now);
    assert_eq!(series().target_time(before.artifact.trained_through), now);
    assert_eq!(before.rows, 1100 - WARM_UP_BARS - 1, "all but the warm-up and the last bar");
    let after = refit_all(&[&bars[..1100], &other[1100..]].concat(), now);
    assert_eq!((after.artifact, after.evidence, after.trials), (before.artifact, before.evidence, before.trials));
}

#[test]
fn a_refit_shows_an_edge_only_with_a_signal() {
    let bars = market(1, 0.8, 1500);
    let found = refit_all(&bars, as_of(&bars));
    assert_eq!(found.evidence.edge.verdict, EdgeVerdict::Shown);
    assert_eq!(found.artifact.edge, found.evidence.edge);
    assert!(found.evidence.log_loss < found.evidence.log_loss_climatology);
    // Test rows of the folds: all rows but the first training range, horizon and embargo.
    assert_eq!(found.evidence.edge.n, found.rows - config().min_train - 1 - config().embargo);
    let shown = |seed| {
        let bars = market(seed, 0.0, 1500);
        refit_all(&bars, as_of(&bars)).evidence.edge.verdict == EdgeVerdict::Shown
    };
    assert!((10..20).filter(|seed| shown(*seed)).count() <= 1);
}

/// Something is kept of most markets with a weak signal, and of few without one.
#[test]
fn a_weak_signal_survives_the_selection() {
    let candidate = Candidate::unweighted(Hyperparameters::Logistic { ridge: 0.1, inputs: FeatureSubset::All });
    let kept = |signal, seed| {
        let bars = market(seed, signal, 2_000);
        let (as_of, config, candidates) = (as_of(&bars), config(), Some(&[candidate][..]));
        let input = RefitInput { series: &series(), bars: &bars, config: &config, as_of, run: "run-1", candidates };
        refit(&input).unwrap().artifact.shrinkage > 0.0
    };
    let [weak, none] = [0.4, 0.0].map(|signal| (50..60).filter(|seed| kept(signal, *seed)).count());
    assert!(weak >= 6, "{weak} of 10 with a weak signal");
    assert!(none <= 2, "{none} of 10 without a signal");
}

#[test]
fn a_refit_with_given_candidates_tries_only_these() {
    let bars = market(1, 0.8, 1500);
    let found = refit_all(&bars[..1400], as_of(&bars[..1400]));
    let (series, config) = (series(), config());
    let input = RefitInput {
        series: &series,
        bars: &bars,
        config: &config,
        as_of: as_of(&bars),
        run: "run-1",
        candidates: Some(&found.chosen),
    };
    let again = refit(&input).unwrap();
    assert_eq!(again.trials.iter().map(|trial| trial.candidate).collect::<Vec<_>>(), found.chosen);
    assert!(again.chosen.iter().all(|candidate| found.chosen.contains(candidate)));
    assert_eq!(again.evidence.edge.verdict, EdgeVerdict::Shown);
}

/// A training that was interrupted in the search resumes from its stored trials and gives the same artifact.
#[test]
fn an_interrupted_search_resumes_with_the_same_result() {
    let bars = market(1, 0.8, 1500);
    let (now, config) = (as_of(&bars), config());
    let batches = std::sync::Mutex::new(vec![]);
    let on_batch = |trials: &[Trial]| batches.lock().unwrap().push(trials.to_vec());
    let complete =
        try_train(&bars, now, None, &config, SearchProgress { on_batch: &on_batch, ..SearchProgress::NONE }).unwrap();
    let batches = batches.into_inner().unwrap();
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4]);

    let past = Some(std::time::Instant::now());
    let cut = try_train(&bars, now, None, &config, SearchProgress { deadline: past, ..SearchProgress::NONE }).unwrap();
    assert_eq!((cut.trials.len(), cut.ended), (4, SearchStop::Time), "one batch always runs");
    let resumed =
        try_train(&bars, now, None, &config, SearchProgress { previous_trials: &batches[0], ..SearchProgress::NONE })
            .unwrap();
    assert_eq!((resumed.bytes, resumed.ended), (complete.bytes, SearchStop::Trials));
    assert_eq!(resumed.trials, complete.trials);
}

/// A trial that is worse than two thirds of the earlier ones is pruned and cannot become a member.
#[test]
fn trials_worse_than_most_are_pruned() {
    let bars = market(1, 0.8, 1500);
    let search = SearchConfig { trials: 20, ..config().search };
    let outcome =
        try_train(&bars, as_of(&bars), None, &TrainingConfig { search, ..config() }, SearchProgress::NONE).unwrap();
    let pruned: Vec<&Trial> = outcome.trials.iter().filter(|trial| trial.fold_log_losses.len() < 4).collect();
    assert_eq!(Trial::pruned(&outcome.trials), pruned.len());
    assert!((2..=14).contains(&pruned.len()), "{} of 20", pruned.len());
    assert!(pruned.iter().all(|trial| trial.index >= 4 && trial.weight < f64::EPSILON && trial.sharpe.is_none()));
    assert_eq!(outcome.selection.trials, 20, "pruned trials count");
}

#[test]
fn the_neutral_band_affects_fits_and_not_the_evaluation() {
    let bars = market(1, 0.8, 1500);
    let banded = TrainingConfig { neutral_band: 0.5, ..config() };
    let (plain, banded) = (
        try_train(&bars, as_of(&bars), None, &config(), SearchProgress::NONE).unwrap(),
        try_train(&bars, as_of(&bars), None, &banded, SearchProgress::NONE).unwrap(),
    );
    assert_eq!((plain.rows, plain.evaluation.n), (banded.rows, banded.evaluation.n));
    assert_ne!(plain.artifact.members, banded.artifact.members);
}

#[test]
fn a_flat_market_has_a_baseline_and_needs_more_bars() {
    let flat = |bar: &Bar| Bar { open: 10.0, high: 10.0, low: 10.0, close: 10.0, ..*bar };
    let bars: Vec<Bar> = market(1, 0.0, 900).iter().map(flat).collect();
    let champion = baseline(&bars);
    assert!((champion.base_rate - 0.5).abs() < 1e-12 && champion.to_bytes().is_ok());
    assert_eq!(champion.trained_through, as_of(&bars[..899]), "the last settled outcome, a tie");
    let error = try_train(&bars, as_of(&bars), Some(&champion), &config(), SearchProgress::NONE).unwrap_err();
    assert!(error.needs_more_bars() && error.to_string().starts_with("every bar is a tie: of "), "{error}");
}
