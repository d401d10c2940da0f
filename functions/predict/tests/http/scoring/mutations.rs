//! Seeds of the fuzz target `request` and mutations of them, as a small `make fuzz` in every test run.

use super::{predicted, probabilities, proven};
use crate::support::{now, series};
use lambda_http::http::Method;
use predict::{
    error::ErrorResponse,
    request::{PredictRequest, RequestParts},
    scoring::MAX_ROWS,
};
use std::{collections::BTreeMap, env, fs};

/// Default number of mutations; `WEATHERVANE_MUTATIONS` overrides it.
const MUTATIONS: usize = 3_000;

/// Decodes a request: a line of method, target and content type, then the body.
fn decoded(request: &[u8]) -> Option<Result<PredictRequest, ErrorResponse>> {
    let end = request.iter().position(|byte| *byte == b'\n').unwrap_or(request.len());
    let line = String::from_utf8_lossy(&request[..end]);
    let mut words = line.splitn(3, ' ');
    let method: Method = words.next()?.parse().ok()?;
    let target = words.next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = request.get(end + 1..).unwrap_or_default();
    let incoming =
        RequestParts { method: &method, path, query: &query, content_type: words.next(), content_encoding: None, body };
    Some(PredictRequest::decode(&incoming, &series(), now()))
}

fn seeds() -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/request")).unwrap();
    let seed = |file: fs::DirEntry| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap());
    files.map(|file| seed(file.unwrap())).collect()
}

#[test]
fn the_seeds_are_valid_requests() {
    let seeds = seeds();
    assert!(seeds.len() >= 11, "{:?}", seeds.keys());
    for (name, request) in &seeds {
        let decoded = decoded(request).unwrap();
        assert_eq!(decoded.is_err(), name == "lists", "{name}: {decoded:?}");
        if let Ok(PredictRequest::Score { input, .. }) = &decoded {
            assert!(!input.rows.is_empty(), "{name}");
        }
    }
}

#[test]
fn mutated_requests_are_answered_within_limits() {
    let seeds: Vec<Vec<u8>> = seeds().into_values().collect();
    let count = env::var("WEATHERVANE_MUTATIONS").ok().map_or(MUTATIONS, |text| text.parse().unwrap());
    // Knuth's multiplier makes the mutations reproducible.
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let parts = b"\"|,|[|]|{|}|\n|\r\n|null|1e999|-|\\u0000|\xff|\xef\xbb\xbf|NaN|9";
    let parts: Vec<&[u8]> = parts.split(|byte| *byte == b'|').collect();
    let proven = proven();
    let mut answered = 0;
    for _ in 0..count {
        let mut request = seeds[draw(seeds.len())].clone();
        for _ in 0..=draw(4) {
            let (at, part) = (draw(request.len()), parts[draw(parts.len())]);
            let length = draw(12).min(request.len() - at);
            match draw(4) {
                0 => request.splice(at..at, part.iter().copied()).for_each(drop),
                1 => request.splice(at..at + length, part.iter().copied()).for_each(drop),
                2 => drop(request.drain(at..at + length)),
                _ => request.extend_from_within(at..at + length),
            }
        }
        match decoded(&request) {
            Some(Ok(PredictRequest::Score { series, input })) if series.slug() == "eth-usd-1d-h1" => {
                assert!((1..=MAX_ROWS).contains(&input.rows.len()));
                let predictions = probabilities(&predicted(&proven, &input.rows));
                assert_eq!(predictions.len(), input.rows.len());
                assert!(predictions.iter().flatten().all(|one| (0.0..=1.0).contains(one)), "{predictions:?}");
                answered += 1;
            }
            Some(Err(ErrorResponse::Problem(problem))) => assert!((400..500).contains(&problem.kind.status())),
            Some(Err(ErrorResponse::Scoring(error))) => assert!((400..500).contains(&error.status), "{error}"),
            _ => {}
        }
    }
    assert!(answered > 0, "none of {count} is still answered: they test little");
}
