//! Files of runs and models, below one prefix of the bucket. Large ones are not read here: callers get a presigned address.

use crate::{Error, Result};
use aws_sdk_s3::{
    Client,
    config::RequestChecksumCalculation,
    error::ProvideErrorMetadata,
    operation::head_object::HeadObjectError,
    presigning::{PresignedRequest, PresigningConfig},
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use std::time::Duration;

/// Validity of a presigned address.
const PRESIGNED_FOR: Duration = Duration::from_mins(15);
/// Entries of a directory that are listed.
const MAX_ENTRIES: usize = 10_000;

/// Entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name in its directory.
    pub name: String,
    /// Bytes of a file; `None` for a directory.
    pub bytes: Option<u64>,
}

/// The files.
#[derive(Debug, Clone)]
pub struct ArtifactStore {
    client: Client,
    bucket: String,
}

impl ArtifactStore {
    /// A view of `bucket`. Checksums are left to where S3 demands them: one in a presigned address would be of an empty file.
    #[must_use]
    pub fn new(client: &Client, bucket: impl Into<String>) -> Self {
        let config = client.config().to_builder();
        let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired).build();
        Self { client: Client::from_conf(config), bucket: bucket.into() }
    }

    /// Size of a file in bytes; `None` if there is no such file.
    ///
    /// # Errors
    /// The call failed.
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => Ok(Some(head.content_length.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default())),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(Error::call("s3:GetObject", self.target(key), error)),
        }
    }

    /// Content of a file.
    ///
    /// # Errors
    /// The call failed, or there is no such file.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let object = answer.map_err(|error| Error::call("s3:GetObject", self.target(key), error))?;
        let body = object.body.collect().await.map_err(|source| Error::Body { key: key.to_owned(), source })?;
        Ok(body.to_vec())
    }

    /// Stores a file, whole or not at all.
    ///
    /// # Errors
    /// The call failed.
    pub async fn put(&self, key: &str, bytes: Vec<u8>, content_type: Option<String>) -> Result<()> {
        let put = self.client.put_object().bucket(&self.bucket).key(key).set_content_type(content_type);
        let answer = put.body(ByteStream::from(bytes)).send().await;
        answer.map_err(|error| Error::call("s3:PutObject", self.target(key), error))?;
        Ok(())
    }

    /// Deletes a file, or every file below a directory. The bucket keeps their versions.
    ///
    /// # Errors
    /// A call failed; files before it are deleted.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let mut keys = vec![key.to_owned()];
        let below = self.client.list_objects_v2().bucket(&self.bucket).prefix(format!("{key}/"));
        let mut pages = below.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::call("s3:ListBucket", self.target(key), error))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        for key in keys {
            let answer = self.client.delete_object().bucket(&self.bucket).key(&key).send().await;
            answer.map_err(|error| Error::call("s3:DeleteObject", self.target(&key), error))?;
        }
        Ok(())
    }

    /// Entries of a directory in the order of their names, at most 10,000.
    ///
    /// # Errors
    /// The call failed.
    pub async fn list(&self, directory: &str) -> Result<Vec<Entry>> {
        let prefix = format!("{directory}/");
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(&prefix).delimiter("/");
        let mut pages = list.into_paginator().send();
        let mut entries = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::call("s3:ListBucket", self.target(&prefix), error))?;
            let name = |key: Option<String>| Some(key?.strip_prefix(&prefix)?.trim_end_matches('/').to_owned());
            let directories = page.common_prefixes.unwrap_or_default().into_iter();
            entries.extend(directories.filter_map(|found| Some(Entry { name: name(found.prefix)?, bytes: None })));
            let files = page.contents.unwrap_or_default().into_iter();
            entries.extend(files.filter_map(|file| {
                Some(Entry { name: name(file.key)?, bytes: Some(u64::try_from(file.size?).ok()?) })
            }));
            if entries.len() >= MAX_ENTRIES {
                break;
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries.truncate(MAX_ENTRIES);
        Ok(entries)
    }

    /// Address from which anybody can read the file for 15 minutes.
    ///
    /// # Errors
    /// There are no credentials to sign with.
    pub async fn presigned_download(&self, key: &str) -> Result<String> {
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let signed = get.presigned(self.presigning(key)?).await;
        signed.map(|request| address(&request)).map_err(|error| Error::call("s3:GetObject", self.target(key), error))
    }

    /// Starts an upload in parts. Returns its id, and an address for each part that takes it for 15 minutes.
    ///
    /// # Errors
    /// The call failed.
    pub async fn start_upload(&self, key: &str, parts: i32) -> Result<(String, Vec<String>)> {
        let answer = self.client.create_multipart_upload().bucket(&self.bucket).key(key).send().await;
        let answer = answer.map_err(|error| Error::call("s3:PutObject", self.target(key), error))?;
        let upload = answer.upload_id.ok_or_else(|| Error::Missing { target: format!("the upload id of {key}") })?;
        let mut addresses = Vec::new();
        for number in 1..=parts {
            let part = self.client.upload_part().bucket(&self.bucket).key(key).upload_id(&upload).part_number(number);
            let signed = part.presigned(self.presigning(key)?).await;
            addresses.push(
                signed
                    .map(|request| address(&request))
                    .map_err(|error| Error::call("s3:PutObject", self.target(key), error))?,
            );
        }
        Ok((upload, addresses))
    }

    /// Ends an upload: the parts, by number and entity tag, become the file. `false` if S3 does not accept the parts.
    ///
    /// # Errors
    /// The call failed.
    pub async fn complete_upload(&self, key: &str, upload: &str, parts: Vec<(i32, String)>) -> Result<bool> {
        let parts =
            parts.into_iter().map(|(number, tag)| CompletedPart::builder().part_number(number).e_tag(tag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let request = self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload);
        match request.multipart_upload(parts).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_bad_upload(error.code()) => Ok(false),
            Err(error) => Err(Error::call("s3:PutObject", self.target(key), error)),
        }
    }

    /// Gives an upload up; S3 deletes its parts. One that does not exist is given up already.
    ///
    /// # Errors
    /// The call failed.
    pub async fn abort_upload(&self, key: &str, upload: &str) -> Result<()> {
        let request = self.client.abort_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload);
        match request.send().await {
            Err(error) if !is_bad_upload(error.code()) => {
                Err(Error::call("s3:AbortMultipartUpload", self.target(key), error))
            }
            _ => Ok(()),
        }
    }

    fn presigning(&self, key: &str) -> Result<PresigningConfig> {
        let missing = |_| Error::Missing { target: format!("the validity of an address of {}", self.target(key)) };
        PresigningConfig::expires_in(PRESIGNED_FOR).map_err(missing)
    }

    fn target(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }
}

fn address(request: &PresignedRequest) -> String {
    request.uri().to_owned()
}

/// True for errors that are the caller's: another upload id, or parts that were not uploaded.
fn is_bad_upload(code: Option<&str>) -> bool {
    matches!(code, Some("NoSuchUpload" | "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "MalformedXML"))
}
