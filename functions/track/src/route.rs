//! Routes of MLflow's REST API.

use mlflow_protocol::{ApiError, ErrorCode};

/// Declares the routes that take all parameters from the query or the body: methods, path, name, and true if it writes.
macro_rules! routes {
    ($($method:literal $path:literal $name:ident $writes:literal,)*) => {
        /// A route whose parameters are in the query or the body.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are those of MLflow's routes")]
        pub enum Plain { $($name,)* }

        /// Each of these routes: methods, path below `/api/2.0/mlflow/`, route, and true if it writes.
        const PLAIN: &[(&str, &str, Plain, bool)] = &[$(($method, $path, Plain::$name, $writes),)*];
    };
}

routes! {
    "POST" "experiments/create" CreateExperiment true,
    "GET" "experiments/get" GetExperiment false,
    "GET" "experiments/get-by-name" GetExperimentByName false,
    "GET POST" "experiments/search" SearchExperiments false,
    "POST" "experiments/update" UpdateExperiment true,
    "POST" "experiments/delete" DeleteExperiment true,
    "POST" "experiments/restore" RestoreExperiment true,
    "POST" "experiments/set-experiment-tag" SetExperimentTag true,
    "POST" "experiments/delete-experiment-tag" DeleteExperimentTag true,
    "POST" "runs/create" CreateRun true,
    "POST" "runs/update" UpdateRun true,
    "GET" "runs/get" GetRun false,
    "POST" "runs/delete" DeleteRun true,
    "POST" "runs/restore" RestoreRun true,
    "POST" "runs/search" SearchRuns false,
    "POST" "runs/log-batch" LogBatch true,
    "POST" "runs/log-metric" LogMetric true,
    "POST" "runs/log-parameter" LogParameter true,
    "POST" "runs/set-tag" SetTag true,
    "POST" "runs/delete-tag" DeleteTag true,
    "POST" "runs/log-inputs" LogInputs true,
    "POST" "runs/outputs" LogOutputs true,
    "POST" "runs/log-model" LogModel true,
    "GET" "metrics/get-history" MetricHistory false,
    "GET" "artifacts/list" ListArtifacts false,
    "POST" "registered-models/create" CreateModel true,
    "GET" "registered-models/get" GetModel false,
    "GET" "registered-models/search" SearchModels false,
    "PATCH" "registered-models/update" UpdateModel true,
    "DELETE" "registered-models/delete" DeleteModel true,
    "POST" "registered-models/set-tag" SetModelTag true,
    "DELETE" "registered-models/delete-tag" DeleteModelTag true,
    "GET POST" "registered-models/get-latest-versions" LatestVersions false,
    "POST" "registered-models/alias" SetAlias true,
    "DELETE" "registered-models/alias" DeleteAlias true,
    "GET" "registered-models/alias" GetAlias false,
    "GET" "registered-models/alias-history" AliasHistory false,
    "POST" "model-versions/create" CreateVersion true,
    "GET" "model-versions/get" GetVersion false,
    "GET" "model-versions/search" SearchVersions false,
    "PATCH" "model-versions/update" UpdateVersion true,
    "DELETE" "model-versions/delete" DeleteVersion true,
    "POST" "model-versions/set-tag" SetVersionTag true,
    "DELETE" "model-versions/delete-tag" DeleteVersionTag true,
    "GET" "model-versions/get-download-uri" DownloadUri false,
    "POST" "logged-models" CreateLoggedModel true,
    "POST" "logged-models/search" SearchLoggedModels false,
}

/// Step of a multipart upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadStep {
    /// Start.
    Create,
    /// End, with all parts.
    Complete,
    /// End without a file.
    Abort,
}

/// A route with the parameters of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// All parameters are in the query or the body.
    Plain(Plain),
    /// `GET logged-models/{id}`.
    GetLoggedModel(String),
    /// `PATCH logged-models/{id}`.
    FinalizeLoggedModel(String),
    /// `DELETE logged-models/{id}`.
    DeleteLoggedModel(String),
    /// `PATCH logged-models/{id}/tags`.
    SetLoggedModelTags(String),
    /// `DELETE logged-models/{id}/tags/{key}`.
    DeleteLoggedModelTag(String, String),
    /// `POST logged-models/{id}/params`.
    LogModelParams(String),
    /// `GET logged-models/{id}/artifacts/directories`.
    ListModelFiles(String),
    /// `GET mlflow-artifacts/artifacts`.
    ListFiles,
    /// `GET mlflow-artifacts/artifacts/{path}`.
    GetFile(String),
    /// `PUT mlflow-artifacts/artifacts/{path}`.
    PutFile(String),
    /// `DELETE mlflow-artifacts/artifacts/{path}`.
    DeleteFile(String),
    /// `POST mlflow-artifacts/mpu/{step}/{path}`.
    Upload(UploadStep, String),
    /// `GET mlflow-artifacts/presigned/{path}`.
    PresignedDownload(String),
    /// `GET /api/3.0/mlflow/server-info`.
    ServerInfo,
}

/// First parts of routes of MLflow that this server does not have, and the reason.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("traces", "traces are not stored by this server"),
    ("trace-archival-config", "traces are not stored by this server"),
    ("assessments", "traces are not stored by this server"),
    ("datasets", "evaluation datasets are not stored by this server; log datasets by runs/log-inputs"),
    ("scorers", "scorers are not stored by this server"),
    ("webhooks", "this server calls nobody"),
    ("prompts", "prompts are not stored by this server"),
    ("prompt-optimization", "prompts are not stored by this server"),
    ("gateway", "this server is no gateway"),
    ("workspaces", "this server has one workspace"),
    ("users", "callers are known by their signature or token; Terraform and Secrets Manager configure them"),
    ("registered-models/rename", "the history of a model keeps its name; register its versions under the new name"),
    ("model-versions/transition-stage", "stages of model versions are deprecated by MLflow; use aliases"),
];

impl Route {
    /// Route of a request.
    ///
    /// # Errors
    /// There is no such route, or MLflow has it and this server does not.
    pub fn find(method: &str, path: &str) -> Result<Self, ApiError> {
        if let Some(rest) = path.strip_prefix("/api/2.0/mlflow/") {
            return Self::tracking(method, rest).ok_or_else(|| refusal(method, path, rest));
        }
        if let Some(rest) = path.strip_prefix("/api/2.0/mlflow-artifacts/") {
            return Self::files(method, rest).ok_or_else(|| refusal(method, path, ""));
        }
        match path.strip_prefix("/api/3.0/mlflow/") {
            Some("server-info") if method == "GET" => Ok(Self::ServerInfo),
            rest => Err(refusal(method, path, rest.unwrap_or_default())),
        }
    }

    fn tracking(method: &str, path: &str) -> Option<Self> {
        if let Some(plain) =
            PLAIN.iter().find(|route| route.1 == path && route.0.split(' ').any(|allowed| allowed == method))
        {
            return Some(Self::Plain(plain.2));
        }
        let parts: Vec<&str> = path.strip_prefix("logged-models/")?.split('/').collect();
        let owned = |text: &str| text.to_owned();
        Some(match (method, parts.as_slice()) {
            ("GET", [id]) => Self::GetLoggedModel(owned(id)),
            ("PATCH", [id]) => Self::FinalizeLoggedModel(owned(id)),
            ("DELETE", [id]) => Self::DeleteLoggedModel(owned(id)),
            ("PATCH", [id, "tags"]) => Self::SetLoggedModelTags(owned(id)),
            ("DELETE", [id, "tags", key]) => Self::DeleteLoggedModelTag(owned(id), owned(key)),
            ("POST", [id, "params"]) => Self::LogModelParams(owned(id)),
            ("GET", [id, "artifacts", "directories"]) => Self::ListModelFiles(owned(id)),
            _ => return None,
        })
    }

    fn files(method: &str, path: &str) -> Option<Self> {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        Some(match (method, first) {
            ("GET", "artifacts") if rest.is_empty() => Self::ListFiles,
            ("GET", "artifacts") => Self::GetFile(rest.to_owned()),
            ("PUT", "artifacts") => Self::PutFile(rest.to_owned()),
            ("DELETE", "artifacts") => Self::DeleteFile(rest.to_owned()),
            ("GET", "presigned") => Self::PresignedDownload(rest.to_owned()),
            ("POST", "mpu") => {
                let (step, rest) = rest.split_once('/')?;
                let step = match step {
                    "create" => UploadStep::Create,
                    "complete" => UploadStep::Complete,
                    "abort" => UploadStep::Abort,
                    _ => return None,
                };
                Self::Upload(step, rest.to_owned())
            }
            _ => return None,
        })
    }

    /// True if the route changes something.
    #[must_use]
    pub fn writes(&self) -> bool {
        match self {
            Self::Plain(plain) => PLAIN.iter().any(|route| route.2 == *plain && route.3),
            Self::GetLoggedModel(_)
            | Self::ListModelFiles(_)
            | Self::ListFiles
            | Self::GetFile(_)
            | Self::PresignedDownload(_)
            | Self::ServerInfo => false,
            _ => true,
        }
    }
}

fn refusal(method: &str, path: &str, rest: &str) -> ApiError {
    let is_of =
        |prefix: &str| rest.strip_prefix(prefix).is_some_and(|after| after.is_empty() || after.starts_with('/'));
    match UNSUPPORTED.iter().find(|(prefix, _)| is_of(prefix)) {
        Some((_, reason)) => ApiError::new(ErrorCode::NotImplemented, format!("Not implemented: {reason}")),
        None => {
            let shown: String = path.chars().take(100).collect();
            let method: String = method.chars().take(10).collect();
            ApiError::new(
                ErrorCode::EndpointNotFound,
                format!("No route {} '{}'", method.escape_debug(), shown.escape_debug()),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_by_method_and_path() {
        let find = |method, path: &str| Route::find(method, path);
        assert_eq!(find("POST", "/api/2.0/mlflow/runs/create"), Ok(Route::Plain(Plain::CreateRun)));
        assert_eq!(find("DELETE", "/api/2.0/mlflow/registered-models/alias"), Ok(Route::Plain(Plain::DeleteAlias)));
        assert_eq!(find("GET", "/api/2.0/mlflow-artifacts/artifacts"), Ok(Route::ListFiles));
        assert_eq!(find("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/r/x"), Ok(Route::PutFile("1/r/x".to_owned())));
        assert_eq!(
            find("POST", "/api/2.0/mlflow-artifacts/mpu/abort/1/r"),
            Ok(Route::Upload(UploadStep::Abort, "1/r".to_owned()))
        );
        assert_eq!(
            find("DELETE", "/api/2.0/mlflow/logged-models/m-1/tags/a"),
            Ok(Route::DeleteLoggedModelTag("m-1".to_owned(), "a".to_owned()))
        );
    }

    #[test]
    fn unknown_routes_and_routes_of_other_servers_are_rejected_apart() {
        let code = |method, path: &str| Route::find(method, path).unwrap_err().code;
        for path in [
            "/api/3.0/mlflow/traces",
            "/api/2.0/mlflow/traces/x/tags",
            "/api/2.0/mlflow/model-versions/transition-stage",
        ] {
            assert_eq!(code("POST", path), ErrorCode::NotImplemented, "{path}");
        }
        for (method, path) in [
            ("GET", "/api/2.0/mlflow/runs/create"),
            ("POST", "/api/2.0/mlflow/tracesx"),
            ("POST", "/api/2.0/mlflow//runs/create"),
            ("POST", "/api/1.2/mlflow/runs/create"),
            ("PUT", "/api/2.0/mlflow-artifacts/mpu/create/x"),
            ("", ""),
        ] {
            assert_eq!(code(method, path), ErrorCode::EndpointNotFound, "{method} {path}");
        }
    }

    #[test]
    fn searches_write_nothing() {
        for (method, path, _, writes) in PLAIN {
            let is_read = *method == "GET" || path.ends_with("/search") || path.contains("get-latest");
            assert_eq!(*writes, !is_read, "{method} {path}");
        }
    }
}
