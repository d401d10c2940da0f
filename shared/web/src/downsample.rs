//! Downsampling of long lines, so that ten years of hours need no larger page than a few months of days.

/// Width of a column in which a line keeps its extremes, in units of the drawing.
const COLUMN_WIDTH: f64 = 0.5;
/// Number of points up to which a line stays unchanged.
const MIN_POINTS: usize = 600;

/// Points that keep the shape of a long line: the first, lowest, highest and last one of each column (M4, Jugel et al. 2014).
/// The points are ordered from left to right.
pub(crate) fn downsample(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= MIN_POINTS {
        return points;
    }
    let column = |point: &(f64, f64)| (point.0 / COLUMN_WIDTH).floor();
    points
        .chunk_by(|a, b| column(a).total_cmp(&column(b)).is_eq())
        .flat_map(|column| {
            let height = |index: &usize| column[*index].1;
            let lowest = (0..column.len()).min_by(|a, b| height(a).total_cmp(&height(b)));
            let highest = (0..column.len()).max_by(|a, b| height(a).total_cmp(&height(b)));
            let mut indices: Vec<usize> =
                [Some(0), lowest, highest, column.len().checked_sub(1)].into_iter().flatten().collect();
            indices.sort_unstable();
            indices.dedup();
            indices.into_iter().map(|index| column[index])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_ends_and_every_extreme() {
        let points: Vec<(f64, f64)> = (0..60_000).map(f64::from).map(|i: f64| (i / 200.0, (i / 900.0).sin())).collect();
        let sampled = downsample(points.clone());
        assert!(sampled.len() <= 2_404, "{}", sampled.len());
        assert_eq!((sampled.first(), sampled.last()), (points.first(), points.last()));
        assert!(sampled.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let highest = |points: &[(f64, f64)]| points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        assert!(highest(&sampled).total_cmp(&highest(&points)).is_eq());
        assert_eq!(downsample(points[..100].to_vec()), points[..100]);
    }
}
