//! Writes the contract: `make openapi`.

use std::{error::Error, io::Write as _};

fn main() -> Result<(), Box<dyn Error>> {
    std::io::stdout().write_all(predict::openapi::document()?.as_bytes())?;
    Ok(())
}
