//! Files of runs and logged models.
//!
//! Small files go through this function. A larger one is read at a presigned address, to which the response redirects, and
//! written in parts at presigned addresses.

use crate::{TrackService, error::Result, ids, response::ApiResponse, route::UploadStep};
use mlflow_protocol::{
    ApiError, ArtifactPath, ErrorCode,
    request::{ArtifactDirectory, ListArtifacts, MultipartUpload},
};
use serde_json::json;

/// Prefix of all files of people in the bucket.
const PREFIX: &str = "tracking";
/// Bytes of a file that goes through the function: Lambda's responses have at most 6 MB, in base64.
const MAX_BYTES: u64 = 4_400_000;
/// Parts of an upload, at most; S3 allows as many.
const MAX_PARTS: i64 = 10_000;
/// Parts of one request for addresses.
const MAX_PARTS_PER_REQUEST: i64 = 1_000;
/// Characters of a content type that is passed on.
const MAX_CONTENT_TYPE_CHARS: usize = 100;

impl TrackService {
    /// Files of a run, relative to its root.
    pub(crate) async fn list_artifacts(&self, request: ListArtifacts) -> Result<ApiResponse> {
        let root = self.run_by_id(&request.run_id).await?.artifact_uri();
        self.list_below(&root, &ArtifactPath::new(&request.path)?).await
    }

    /// Entries of a directory below the root of a run or model, relative to this root.
    pub(crate) async fn list_below(&self, root: &str, directory: &ArtifactPath) -> Result<ApiResponse> {
        let base = root.strip_prefix("mlflow-artifacts:/").unwrap_or_default();
        let key = if directory.is_root() { format!("{PREFIX}/{base}") } else { format!("{PREFIX}/{base}/{directory}") };
        let above = if directory.is_root() { String::new() } else { format!("{directory}/") };
        let files = self.entries(&key, &above).await?;
        Ok(ApiResponse::Json(json!({"root_uri": root, "files": files})))
    }

    async fn entries(&self, key: &str, above: &str) -> Result<Vec<serde_json::Value>> {
        let entries = self.files.list(key).await?;
        Ok(entries
            .into_iter()
            .map(|entry| {
                let path = format!("{above}{}", entry.name);
                match entry.bytes {
                    Some(bytes) => json!({"path": path, "is_dir": false, "file_size": bytes}),
                    None => json!({"path": path, "is_dir": true}),
                }
            })
            .collect())
    }

    /// Entries of a directory of the proxy, relative to it.
    pub(crate) async fn list_files(&self, request: ArtifactDirectory) -> Result<ApiResponse> {
        let path = ArtifactPath::new(request.path.trim_end_matches('/'))?;
        check_owner(&path)?;
        let files = self.entries(&key(&path), "").await?;
        Ok(ApiResponse::Json(json!({"files": files})))
    }

    pub(crate) async fn get_file(&self, path: &str) -> Result<ApiResponse> {
        let path = checked(path)?;
        let key = key(&path);
        match self.files.size(&key).await? {
            None => Err(no_file(&path).into()),
            Some(bytes) if bytes > MAX_BYTES => Ok(ApiResponse::Redirect(self.files.presigned_download(&key).await?)),
            Some(_) => {
                Ok(ApiResponse::File { bytes: self.files.get(&key).await?, content_type: "application/octet-stream" })
            }
        }
    }

    pub(crate) async fn put_file(
        &self,
        path: &str,
        bytes: Vec<u8>,
        content_type: Option<String>,
    ) -> Result<ApiResponse> {
        let path = checked(path)?;
        self.check_writable(&path).await?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            let message = format!(
                "The file has {} bytes, at most {MAX_BYTES} are accepted here; set MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE={MAX_BYTES} \
                 to upload it in parts",
                bytes.len()
            );
            return Err(ApiError::new(ErrorCode::RequestTooLarge, message).into());
        }
        let is_plain = |text: &String| text.len() <= MAX_CONTENT_TYPE_CHARS && text.is_ascii();
        self.files.put(&key(&path), bytes, content_type.filter(is_plain)).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn delete_file(&self, path: &str) -> Result<ApiResponse> {
        let path = checked(path)?;
        self.check_writable(&path).await?;
        self.files.delete(&key(&path)).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn presigned_download(&self, path: &str) -> Result<ApiResponse> {
        let path = checked(path)?;
        let key = key(&path);
        let bytes = self.files.size(&key).await?.ok_or_else(|| no_file(&path))?;
        let url = self.files.presigned_download(&key).await?;
        Ok(ApiResponse::Json(json!({"url": url, "headers": {}, "file_size": bytes})))
    }

    /// Step of an upload in parts. The path of the route is that of the directory; the client's own path ends with the name.
    pub(crate) async fn upload(
        &self,
        step: UploadStep,
        directory: &str,
        request: MultipartUpload,
    ) -> Result<ApiResponse> {
        let name = request.path.rsplit(['/', '\\']).next().unwrap_or_default();
        let path = checked(&format!("{}/{name}", directory.trim_end_matches('/')))?;
        self.check_writable(&path).await?;
        let key = key(&path);
        match step {
            UploadStep::Create => {
                let count = request.num_parts.unwrap_or(1);
                // The client sends an empty file in no parts.
                let parts = i32::try_from(count).ok().filter(|_| (0..=MAX_PARTS_PER_REQUEST).contains(&count));
                let parts = parts
                    .ok_or_else(|| ApiError::invalid(format!("num_parts must be from 0 to {MAX_PARTS_PER_REQUEST}")))?;
                let (upload_id, addresses) = self.files.start_upload(&key, parts).await?;
                let credentials: Vec<_> = addresses
                    .iter()
                    .enumerate()
                    .map(|(index, url)| json!({"url": url, "part_number": index + 1, "headers": {}}))
                    .collect();
                Ok(ApiResponse::Json(json!({"upload_id": upload_id, "credentials": credentials})))
            }
            UploadStep::Complete => {
                let parts = request.parts.into_iter().map(|part| {
                    let number =
                        i32::try_from(part.part_number).ok().filter(|_| (1..=MAX_PARTS).contains(&part.part_number));
                    number
                        .map(|number| (number, part.etag))
                        .ok_or_else(|| ApiError::invalid("part_number must be from 1 to 10000"))
                });
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                if parts.is_empty() {
                    self.files.abort_upload(&key, &request.upload_id).await?;
                    self.files.put(&key, Vec::new(), None).await?;
                    return Ok(ApiResponse::empty());
                }
                if self.files.complete_upload(&key, &request.upload_id, parts).await? {
                    return Ok(ApiResponse::empty());
                }
                Err(ApiError::invalid("S3 does not accept these parts of this upload").into())
            }
            UploadStep::Abort => {
                self.files.abort_upload(&key, &request.upload_id).await?;
                Ok(ApiResponse::empty())
            }
        }
    }

    /// The run or model that a file belongs to exists and is not deleted.
    async fn check_writable(&self, path: &ArtifactPath) -> Result<()> {
        let parts: Vec<&str> = path.parts().collect();
        match parts.as_slice() {
            [experiment, "models", model, "artifacts", _, ..]
                if ids::experiment_of_model(model).as_deref() == Some(experiment) =>
            {
                self.logged_model(model).await?;
                Ok(())
            }
            [experiment, run, "artifacts", _, ..] if ids::experiment_of_run(run).as_deref() == Some(experiment) => {
                Ok(crate::runs::check_active(&self.run_by_id(run).await?)?)
            }
            _ => Err(ApiError::invalid(format!(
                "Invalid path: '{path}' is not below the files of a run or logged model"
            ))
            .into()),
        }
    }
}

/// Path of an address, within an experiment.
fn checked(path: &str) -> Result<ArtifactPath, ApiError> {
    let path = ArtifactPath::from_address(path)?;
    check_owner(&path)?;
    Ok(path)
}

fn check_owner(path: &ArtifactPath) -> Result<(), ApiError> {
    match path.parts().next() {
        Some(experiment) if ids::is_experiment(experiment) => Ok(()),
        _ => Err(ApiError::invalid(format!("Invalid path: '{path}' does not begin with the id of an experiment"))),
    }
}

fn key(path: &ArtifactPath) -> String {
    format!("{PREFIX}/{path}")
}

fn no_file(path: &ArtifactPath) -> ApiError {
    ApiError::missing(format!("No such artifact: '{path}'"))
}
