use super::*;

fn split(feature: u16, threshold: f64, left: u32, cover: f32) -> Node {
    Node::Split { feature, left, threshold, cover }
}

fn leaf(value: f64, cover: f32) -> Node {
    Node::Leaf { value, cover }
}

fn two_trees() -> Forest {
    let nodes = vec![split(1, 0.5, 1, 10.0), leaf(0.2, 7.5), leaf(0.8, 2.5), leaf(0.4, 10.0)];
    Forest { roots: vec![0, 3], nodes }
}

fn is_rejected(forest: &Forest) -> bool {
    forest.validate(2, 0.0..=1.0).is_err()
}

#[test]
fn rows_at_the_threshold_go_left_and_trees_are_averaged() {
    let forest = two_trees();
    assert!(!is_rejected(&forest));
    assert!((forest.predict(&[9.0, 0.5]) - 0.3).abs() < 1e-15);
    assert!((forest.predict(&[9.0, 0.6]) - 0.6).abs() < 1e-15);
}

#[test]
fn splits_that_loop_or_leave_their_tree_are_rejected() {
    let with = |node| Forest { nodes: vec![node, leaf(0.2, 7.5), leaf(0.8, 2.5), leaf(0.4, 10.0)], ..two_trees() };
    for bad in [
        split(1, 0.5, 0, 10.0),
        split(1, 0.5, 2, 10.0),
        split(1, 0.5, u32::MAX, 10.0),
        split(2, 0.5, 1, 10.0),
        split(1, f64::NAN, 1, 10.0),
        leaf(0.5, 10.0),
    ] {
        assert!(is_rejected(&with(bad)), "{bad:?}");
    }
    for roots in [vec![], vec![1], vec![0, 0], vec![0, 9], vec![0, 4]] {
        assert!(is_rejected(&Forest { roots: roots.clone(), ..two_trees() }), "{roots:?}");
    }
}

#[test]
fn leaves_out_of_range_are_rejected() {
    let with = |value| Forest { roots: vec![0], nodes: vec![leaf(value, 1.0)] };
    assert!(!is_rejected(&with(0.0)) && !is_rejected(&with(1.0)));
    for value in [1.5, -0.1, f64::NAN, f64::INFINITY] {
        assert!(is_rejected(&with(value)), "{value}");
    }
    assert!(with(-3.0).validate(2, -5.0..=5.0).is_ok());
}

#[test]
fn covers_must_be_positive_and_add_up() {
    let with = |parent, left, right| Forest {
        roots: vec![0],
        nodes: vec![split(1, 0.5, 1, parent), leaf(0.2, left), leaf(0.8, right)],
    };
    assert!(!is_rejected(&with(1.0, 0.9, 0.1)));
    for (parent, left, right) in [
        (1.0, 0.5, 0.4),
        (1.0, 1.0, 0.0),
        (1.0, 2.0, -1.0),
        (1.0, f32::NAN, 0.5),
        (f32::NAN, 0.5, 0.5),
        (f32::INFINITY, f32::INFINITY, 1.0),
        (0.0, 0.0, 0.0),
    ] {
        assert!(is_rejected(&with(parent, left, right)), "{parent} {left} {right}");
    }
}

/// With shared children, the number of paths from root to leaf would be exponential.
#[test]
fn a_node_with_two_parents_is_rejected() {
    let nodes =
        vec![split(0, 0.0, 1, 4.0), split(0, 0.0, 2, 2.0), split(1, 0.0, 3, 2.0), leaf(0.1, 1.0), leaf(0.9, 1.0)];
    assert!(is_rejected(&Forest { roots: vec![0], nodes }));
}

#[test]
fn a_tree_deeper_than_the_limit_is_rejected() {
    // A chain: each split has a leaf as left child and the next split as right child.
    let chain = |splits: u32| {
        let mut nodes = vec![split(0, 0.0, 1, 1.0)];
        for next in 1..=splits {
            // The left leaf has almost no cover, so that the right child has about the cover of its parent.
            let right = if next < splits { split(0, 0.0, 2 * next + 1, 1.0) } else { leaf(0.5, 1.0) };
            nodes.extend([leaf(0.5, 1e-6), right]);
        }
        Forest { roots: vec![0], nodes }
    };
    assert!(!is_rejected(&chain(u32::from(MAX_DEPTH))));
    assert!(is_rejected(&chain(u32::from(MAX_DEPTH) + 1)));
}
