//! Aliases of registered models, with the history of their moves.

use crate::{
    TrackService,
    access::Caller,
    error::Result,
    ids,
    response::ApiResponse,
    store::{DocumentKey, Pauses, alias_partition, now_ms},
};
use aws::tracking::{Document, Expected, Range};
use mlflow_protocol::{
    ApiError, ErrorCode, names,
    registry::AliasMove,
    request::{ModelAlias, ModelName},
};
use serde_json::json;

impl TrackService {
    pub(crate) async fn set_alias(&self, request: ModelAlias, caller: &Caller) -> Result<ApiResponse> {
        names::check_alias(&request.alias)?;
        let version =
            request.version.ok_or_else(|| ApiError::invalid("Missing value for required parameter 'version'"))?;
        let version = self.version(&request.name, &version).await?;
        self.move_alias(&request.name, &request.alias, Some(version.version), caller).await?;
        Ok(ApiResponse::empty())
    }

    pub(crate) async fn delete_alias(&self, request: ModelAlias, caller: &Caller) -> Result<ApiResponse> {
        self.move_alias(&request.name, &request.alias, None, caller).await?;
        Ok(ApiResponse::empty())
    }

    /// Moves an alias from the version that it has when the request arrives. Of two moves at once, one is refused.
    pub(crate) async fn move_alias(&self, name: &str, alias: &str, to: Option<u32>, caller: &Caller) -> Result<()> {
        let mut pauses = Pauses::start();
        let mut replaced = None;
        loop {
            let found = self.model(name).await?;
            let from = found.value.aliases.get(alias).copied();
            if *replaced.get_or_insert(from) != from {
                let now = from.map_or("removed".to_owned(), |version| format!("moved to version {version}"));
                let message = format!(
                    "alias '{}' of model '{}' was {now} at the same time; nothing was changed by this request",
                    ids::shown(alias),
                    ids::shown(name)
                );
                return Err(ApiError::new(ErrorCode::ResourceConflict, message).into());
            }
            if from == to {
                return Ok(());
            }
            let mut model = found.value;
            let at = now_ms();
            model.updated = at;
            match to {
                Some(version) => model.aliases.insert(alias.to_owned(), version),
                None => model.aliases.remove(alias),
            };
            let entry = AliasMove { alias: alias.to_owned(), from, to, at, by: caller.name.clone() };
            let revision = found.revision + 1;
            let writes = vec![
                DocumentKey::model(name).write(&model, Expected::Revision(found.revision))?,
                DocumentKey::alias_move(name, at, revision).write(&entry, Expected::Absent)?,
            ];
            if self.store.table.write_all(writes).await? {
                return Ok(());
            }
            pauses.wait().await?;
        }
    }

    pub(crate) async fn get_alias(&self, request: ModelAlias) -> Result<ApiResponse> {
        let model = self.model(&request.name).await?.value;
        let missing = || ApiError::invalid(format!("Registered model alias {} not found.", ids::shown(&request.alias)));
        let number = *model.aliases.get(&request.alias).ok_or_else(missing)?;
        let version = self.version(&request.name, &number.to_string()).await?;
        Ok(ApiResponse::Json(json!({"model_version": version.to_json(&model)})))
    }

    /// Moves of all aliases of a model, the newest first. MLflow has no such route.
    pub(crate) async fn alias_history(&self, request: ModelName) -> Result<ApiResponse> {
        names::check_model_name(&request.name)?;
        if let Some(series) = self.own.series(&request.name) {
            return Ok(history(&self.own.history(series).await?));
        }
        let partition = alias_partition(&request.name);
        // Every time of 15 digits begins with it; an empty prefix is not allowed.
        let moves: Vec<Document<AliasMove>> = self.store.table.query(&partition, Range::Prefix("0")).await?;
        Ok(history(&moves.into_iter().rev().map(|found| found.value).collect::<Vec<_>>()))
    }
}

fn history(moves: &[AliasMove]) -> ApiResponse {
    let version = |number: Option<u32>| number.map(|number| number.to_string());
    let entry = |found: &AliasMove| {
        let AliasMove { alias, from, to, at, by } = found;
        json!({"alias": alias, "from": version(*from), "to": version(*to), "timestamp": at, "user_id": by})
    };
    ApiResponse::Json(json!({"alias_history": moves.iter().map(entry).collect::<Vec<_>>()}))
}
