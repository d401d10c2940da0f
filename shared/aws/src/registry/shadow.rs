//! The shadow: challengers that forecast beside the champion, unseen by callers.

use super::{ModelRegistry, VersionRecord, VersionStatus, version_key};
use crate::{
    Error, Result,
    table::{ConditionalWrite, Key, number_value, series_pk, string_value},
};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use market_data::Series;
use serde::{Deserialize, Serialize};

pub use contracts::expert::MAX_SHADOW_VERSIONS;

/// Challengers of a series, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// Versions that forecast, at most [`MAX_SHADOW_VERSIONS`].
    pub versions: Vec<u32>,
    /// Number of changes so far; every change is conditional on it.
    pub revision: u32,
    /// Calendar year of the latest admission.
    pub year: i16,
    /// Number of versions that were admitted in that year.
    pub admitted: u32,
}

impl ModelRegistry {
    /// Challengers of a series.
    ///
    /// # Errors
    /// The call failed.
    pub async fn shadow(&self, series: &Series) -> Result<Shadow> {
        Ok(self.table.get(shadow_key(series)).await?.unwrap_or_default())
    }

    /// Records of the challengers, oldest first. One that was promoted or rolled back meanwhile is left out.
    ///
    /// # Errors
    /// A call failed.
    pub async fn shadow_versions(&self, series: &Series) -> Result<Vec<VersionRecord>> {
        let mut records = Vec::new();
        for version in self.shadow(series).await?.versions {
            let record = self.version(series, version).await?;
            records.extend(record.filter(|record| record.status == VersionStatus::Shadow));
        }
        Ok(records)
    }

    /// Admits a candidate to the shadow in calendar year `year`, in place of `leaving`. List and status of all versions change
    /// together, or not at all: `false` if another write was first, or the version is no candidate. The version stores the error
    /// that `live_alpha` gives to its number among the admissions of the year, counted from 1.
    ///
    /// # Errors
    /// The call failed.
    pub async fn admit(
        &self,
        series: &Series,
        seen: &Shadow,
        version: u32,
        leaving: &[u32],
        year: i16,
        live_alpha: impl Fn(u32) -> f64,
    ) -> Result<bool> {
        let mut versions = seen.versions.clone();
        versions.retain(|other| !leaving.contains(other) && *other != version);
        versions.push(version);
        let admitted = if year == seen.year { seen.admitted + 1 } else { 1 };
        let next = Shadow { versions, revision: seen.revision + 1, year, admitted };
        let target = self.table.target(&shadow_key(series));
        let incomplete =
            |source| Error::Request { operation: "dynamodb:TransactWriteItems", target: target.clone(), source };
        let list = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(self.table.item(shadow_key(series), &next)?))
            .condition_expression("attribute_not_exists(pk) OR revision = :seen")
            .expression_attribute_values(":seen", number_value(seen.revision))
            .build()
            .map_err(incomplete)?;
        let status = Update::builder()
            .table_name(&self.table.name)
            .set_key(Some(version_key(series, version).into_item()))
            .update_expression("SET #status = :shadow, live_alpha = :alpha")
            .condition_expression("#status = :candidate")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":shadow", string_value(VersionStatus::Shadow.as_str()))
            .expression_attribute_values(":candidate", string_value(VersionStatus::Candidate.as_str()))
            .expression_attribute_values(":alpha", number_value(live_alpha(admitted)))
            .build()
            .map_err(incomplete)?;
        let mut items =
            vec![TransactWriteItem::builder().put(list).build(), TransactWriteItem::builder().update(status).build()];
        for version in leaving {
            let key = version_key(series, *version);
            // One that was promoted meanwhile keeps its status.
            let is_shadow = self.version(series, *version).await?.map(|record| record.status);
            if is_shadow != Some(VersionStatus::Shadow) {
                continue;
            }
            let update = Update::builder()
                .table_name(&self.table.name)
                .set_key(Some(key.into_item()))
                .update_expression("SET #status = :retired")
                .condition_expression("#status = :shadow")
                .expression_attribute_names("#status", "status")
                .expression_attribute_values(":retired", string_value(VersionStatus::Retired.as_str()))
                .expression_attribute_values(":shadow", string_value(VersionStatus::Shadow.as_str()))
                .build()
                .map_err(incomplete)?;
            items.push(TransactWriteItem::builder().update(update).build());
        }
        Ok(self.table.transact(&target, items).await? == ConditionalWrite::Applied)
    }
}

fn shadow_key(series: &Series) -> Key {
    Key::new(series_pk(series), "SHADOW")
}
