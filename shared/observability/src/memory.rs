//! Memory that the process took.

/// Largest resident memory of the process so far, in MB of a million bytes; `None` where Linux does not say.
#[must_use]
pub fn peak_memory_mb() -> Option<f64> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn parse(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read() {
        assert_eq!(parse("Name:\ttrain\nVmHWM:\t  125000 kB\nVmRSS:\t  1 kB\n"), Some(128.0));
        assert_eq!(parse("Name:\ttrain\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_one() {
        assert!(peak_memory_mb().is_some_and(|mb| mb > 1.0));
    }
}
