//! Root certificates that the clients trust.
//!
//! AWS requires trust in the roots of Amazon Trust Services, and of Starfield, which signed them as well
//! (<https://www.amazontrust.com/repository/>). They are in `trust/amazon.pem`: reading the 144 of a
//! Debian machine instead makes predict's start to its first poll 1.8 times as long (BENCHMARKS.md).

use crate::ConfigError;
use aws_smithy_http_client::tls::TrustStore;
use std::{env, ffi::OsString, fs};

/// Amazon Root CA 1 to 4 and Starfield Services Root Certificate Authority - G2; the first of them ends in 2037.
const AMAZON_ROOTS: &str = include_str!("trust/amazon.pem");
/// Variable that names a file of root certificates to trust instead, as in the AWS tools.
const BUNDLE: &str = "AWS_CA_BUNDLE";
/// Prefix of the variables that name endpoints which are not AWS's own.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// The roots to trust: those of the file that `AWS_CA_BUNDLE` names, the machine's for an endpoint of one's own, else
/// Amazon's.
///
/// # Errors
/// The file cannot be read or has no certificate.
pub(crate) fn trust_store() -> Result<TrustStore, ConfigError> {
    let own_endpoint =
        env::vars_os().any(|(name, url)| name.to_string_lossy().starts_with(ENDPOINT) && is_encrypted(&url));
    select_trust_store(env::var_os(BUNDLE).filter(|path| !path.is_empty()), own_endpoint)
}

fn is_encrypted(url: &OsString) -> bool {
    url.to_string_lossy().to_ascii_lowercase().starts_with("https:")
}

fn select_trust_store(bundle: Option<OsString>, own_endpoint: bool) -> Result<TrustStore, ConfigError> {
    match bundle {
        Some(path) => {
            let unusable = |source| ConfigError::Bundle { path: path.to_string_lossy().into_owned(), source };
            let pem = fs::read(&path).map_err(unusable)?;
            if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
                return Err(unusable(std::io::Error::other("it has no certificate in PEM")));
            }
            Ok(TrustStore::empty().with_pem_certificate(pem))
        }
        None if own_endpoint => Ok(TrustStore::default()),
        None => Ok(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::http_client;

    #[test]
    fn a_bundle_that_is_missing_or_none_is_named() {
        let directory = env!("CARGO_MANIFEST_DIR");
        for (file, why) in [("no-such.pem", "No such file"), ("Cargo.toml", "no certificate")] {
            let path = format!("{directory}/{file}");
            let error = select_trust_store(Some(path.clone().into()), false).unwrap_err();
            let ConfigError::Bundle { path: named, source } = &error else { panic!("{error}") };
            assert!(named == &path && source.to_string().contains(why), "{error}: {source}");
        }
        assert!(select_trust_store(Some(format!("{directory}/src/trust/amazon.pem").into()), false).is_ok());
    }

    #[test]
    fn endpoints_without_tls_need_no_roots_of_the_machine() {
        assert!(is_encrypted(&"HTTPS://localhost:4566".into()) && !is_encrypted(&"http://localhost:4566".into()));
    }

    /// The client reads them with its first call, and would panic.
    #[tokio::test]
    async fn the_roots_parse() {
        assert_eq!(AMAZON_ROOTS.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        let nobody = aws_sdk_s3::config::Builder::new()
            .behavior_version_latest()
            .region(aws_sdk_s3::config::Region::from_static("us-east-1"))
            .credentials_provider(aws_sdk_s3::config::Credentials::new("key", "secret", None, None, "test"))
            .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
            .endpoint_url("https://127.0.0.1:1")
            .http_client(http_client(select_trust_store(None, false).unwrap()).unwrap())
            .build();
        let error = aws_sdk_s3::Client::from_conf(nobody).list_buckets().send().await.unwrap_err();
        assert!(matches!(error, aws_sdk_s3::error::SdkError::DispatchFailure(_)), "{error:?}");
    }
}
