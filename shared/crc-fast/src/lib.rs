//! The three CRCs of S3's checksums, instead of the crate of this name, which aws-smithy-checksums names: that one brings
//! the tables of fifty others, a megabyte that does not compress and that every function would carry.

/// CRC algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrcAlgorithm {
    /// CRC-32 as in zip, the default of the AWS clients.
    Crc32IsoHdlc,
    /// CRC-32C, Castagnoli's.
    Crc32Iscsi,
    /// CRC-64/NVME, which S3 adds to objects without a checksum.
    Crc64Nvme,
}

/// A checksum as bytes come in.
#[derive(Debug, Clone)]
pub struct Digest(State);

#[derive(Debug, Clone)]
enum State {
    Hashed(crc32fast::Hasher),
    Table { table: &'static [u64; 256], ones: u64, crc: u64 },
}

static CASTAGNOLI: [u64; 256] = table(0x82F6_3B78);
static NVME: [u64; 256] = table(0x9A6C_9329_AC4B_C9B5);

impl Digest {
    /// Digest of no bytes.
    #[must_use]
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        let over = |table, ones| State::Table { table, ones, crc: ones };
        Self(match algorithm {
            CrcAlgorithm::Crc32IsoHdlc => State::Hashed(crc32fast::Hasher::new()),
            CrcAlgorithm::Crc32Iscsi => over(&CASTAGNOLI, u64::from(u32::MAX)),
            CrcAlgorithm::Crc64Nvme => over(&NVME, u64::MAX),
        })
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Hashed(hasher) => hasher.update(bytes),
            State::Table { table, crc, .. } => {
                *crc = bytes.iter().fold(*crc, |crc, &byte| {
                    let [low, ..] = crc.to_le_bytes();
                    table[usize::from(low ^ byte)] ^ (crc >> 8)
                });
            }
        }
    }

    /// The checksum; one of 32 bits in the low half.
    #[must_use]
    pub fn finalize(&self) -> u64 {
        match &self.0 {
            State::Hashed(hasher) => u64::from(hasher.clone().finalize()),
            State::Table { ones, crc, .. } => crc ^ ones,
        }
    }
}

/// The checksum of all of `bytes`.
#[must_use]
pub fn checksum(algorithm: CrcAlgorithm, bytes: &[u8]) -> u64 {
    let mut digest = Digest::new(algorithm);
    digest.update(bytes);
    digest.finalize()
}

/// By a byte, what it does to the checksum; of a polynomial with its lowest term in the highest bit.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms, <https://reveng.sourceforge.io/crc-catalogue/>.
    #[test]
    fn the_check_values_are_those_of_the_catalogue() {
        for (algorithm, expected) in [
            (CrcAlgorithm::Crc32IsoHdlc, 0xcbf4_3926),
            (CrcAlgorithm::Crc32Iscsi, 0xe306_9283),
            (CrcAlgorithm::Crc64Nvme, 0xae8b_1486_0a79_9888),
        ] {
            assert_eq!(checksum(algorithm, b"123456789"), expected, "{algorithm:?}");
            let mut digest = Digest::new(algorithm);
            digest.update(b"1234");
            digest.update(b"56789");
            assert_eq!(digest.finalize(), expected, "{algorithm:?}, in two pieces");
        }
    }
}
