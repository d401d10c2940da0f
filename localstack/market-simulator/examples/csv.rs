//! Prints simulated bars as CSV: `cargo run -p market-simulator --example csv -- 1h 55696`. They start at the time of the real
//! bars that the benches read.

use jiff::Timestamp;
use market_data::Interval;
use market_simulator::MarketModel;
use std::{
    env,
    error::Error,
    io::{self, BufWriter, Write},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let interval: Interval = arguments.next().ok_or("missing argument: interval, 1h or 1d")?.parse()?;
    let bars: usize = arguments.next().ok_or("missing argument: number of bars")?.parse()?;
    let start: Timestamp = "2017-08-17T04:00:00Z".parse()?;
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "timestamp,open,high,low,close,volume")?;
    for bar in MarketModel::new(7, interval, start).bars(bars) {
        writeln!(out, "{},{},{},{},{},{}", bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume)?;
    }
    out.flush()?;
    Ok(())
}
