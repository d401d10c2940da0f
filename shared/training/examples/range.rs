//! Walk-forward scores of the distribution on a file of bars: `range FILE SERIES`.
use contracts::distribution::Quantiles;
use features::baselines::{SettledMoves, moves};
use market_data::{Bar, Interval, Series};
use std::collections::BTreeMap;
use training::{TrainingConfig, distribution::fit};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let series: Series = arguments[2].parse().unwrap();
    let text = std::fs::read(&arguments[1]).unwrap();
    let bars: Vec<Bar> = market_data::csv::read_bars(
        &text,
        market_data::csv::CsvOptions { bounds: market_data::time::TimeBounds::STATED, format: None },
    )
    .unwrap()
    .rows
    .into_iter()
    .map(|row| row.1)
    .collect();
    let (start, step) = match series.interval {
        Interval::Day => (730, 30),
        Interval::Hour => (8760, 2160),
    };
    let config = TrainingConfig::for_series(&series);
    let all = moves(&bars, series.interval, series.horizon);
    let mut settled = SettledMoves::new(&series, &all);
    let (mut own, mut base, mut recent) = (vec![], vec![], vec![]);
    let mut cover: BTreeMap<i16, [f64; 3]> = BTreeMap::new();
    let started = std::time::Instant::now();
    let mut fit_time = 0.0;
    for from in (start..bars.len()).step_by(step) {
        let t = std::time::Instant::now();
        let fitted =
            fit(&series, &bars[..=from], series.interval.step(series.decision_time(bars[from].time), 1), &config, "x")
                .unwrap()
                .unwrap();
        fit_time += t.elapsed().as_secs_f64();
        if std::env::var("VERBOSE").is_ok() {
            println!("{} {:?}", bars[from].time, fitted.search);
        }
        let end = (from + step).min(bars.len());
        let quantiles = fitted.part.model.as_ref().map(|model| model.quantiles(&series, &bars, from..end));
        for bar in from..end {
            settled.advance_to(bar);
            let Some(value) = all[bar] else { continue };
            let climatology = Quantiles::from_ascending(settled.all()).unwrap();
            let last = Quantiles::from_ascending(settled.recent()).unwrap();
            let forecast = quantiles.as_ref().and_then(|q| q[bar - from]).unwrap_or(climatology);
            own.push(forecast.crps(value));
            base.push(climatology.crps(value));
            recent.push(last.crps(value));
            let year = bars[bar].time.to_string()[..4].parse::<i16>().unwrap();
            let entry = cover.entry(year).or_default();
            let inside = |level: f64| {
                let [lo, hi] = forecast.band(level);
                f64::from(u8::from((lo..=hi).contains(&value)))
            };
            entry[0] += inside(0.8);
            entry[1] += inside(0.95);
            entry[2] += 1.0;
        }
    }
    let skill = |base: &[f64]| 100.0 * (1.0 - own.iter().sum::<f64>() / base.iter().sum::<f64>());
    let n: f64 = cover.values().map(|c| c[2]).sum();
    let total = |i: usize| 100.0 * cover.values().map(|c| c[i]).sum::<f64>() / n;
    println!(
        "{series} n {n} skill climatology {:.2} % recent {:.2} %; 80 % band {:.1}, 95 % band {:.1}; fit {fit_time:.2} s total {:.2} s",
        skill(&base),
        skill(&recent),
        total(0),
        total(1),
        started.elapsed().as_secs_f64()
    );
    println!("{:?}", cover.iter().map(|(y, c)| format!("{y}: {:.1}", 100.0 * c[0] / c[2])).collect::<Vec<_>>());
}
