//! Tables in JSON, in the four forms of the protocol.

use super::{
    Output, Rows, ScoringError, ScoringInput,
    columns::Columns,
    rows::{Reader, check_count},
};
use crate::{
    cell::Cell,
    fields::{self, Object, ObjectError},
    text,
    truncate::{MAX_VALUE_CHARS, truncate},
};
use market_data::Series;
use serde_json::value::RawValue;

/// Names of the field with the table; a body has exactly one of them.
const TABLE_FIELDS: [&str; 4] = ["dataframe_split", "dataframe_records", "instances", "inputs"];

/// Rows and output of a JSON body. As in MLflow, other fields are left out.
pub(super) fn input(body: &[u8], series: &Series) -> Result<ScoringInput, ScoringError> {
    let json = text::json(body)?;
    let fields = object(json, "the body")?;
    let params = fields.get("params").filter(|raw| raw.get() != "null");
    let output = match params {
        Some(params) => Output::from_params(&object(params, "`params`")?)?,
        None => Output::ProbabilityUp,
    };
    Ok(ScoringInput { rows: rows(&fields, series)?, output })
}

/// Rows of the one field that has a table.
fn rows(fields: &Object<'_>, series: &Series) -> Result<Rows, ScoringError> {
    let mut found = TABLE_FIELDS.into_iter().filter_map(|name| Some((name, *fields.get(name)?)));
    match (found.next(), found.next()) {
        (Some(("dataframe_split", raw)), None) => split(raw, series),
        (Some(("dataframe_records", raw)), None) => records(&list(raw, "`dataframe_records`")?, series),
        (Some((name, raw)), None) if raw.get().starts_with('{') => columns(&object(raw, &format!("`{name}`"))?, series),
        (Some((name, raw)), None) => records(&list(raw, &format!("`{name}`"))?, series),
        _ => Err(ScoringError::unreadable(format!("expected exactly one of the fields {}", TABLE_FIELDS.join(", ")))),
    }
}

/// Rows of `{"columns":[...],"data":[[...],...]}`, with or without an `index` of row names.
fn split(raw: &RawValue, series: &Series) -> Result<Rows, ScoringError> {
    let fields = object(raw, "`dataframe_split`")?;
    if let Some(name) = fields.keys().find(|name| !["columns", "data", "index"].contains(&name.as_ref())) {
        let detail = format!(
            "`dataframe_split` has no field `{}`, only columns, data and index",
            truncate(name, MAX_VALUE_CHARS)
        );
        return Err(ScoringError::unreadable(detail));
    }
    let get = |name: &str| {
        let missing = || ScoringError::unreadable(format!("`dataframe_split` has no `{name}`"));
        list(fields.get(name).ok_or_else(missing)?, &format!("`{name}`"))
    };
    let (names, data) = (get("columns")?, get("data")?);
    if fields.get("index").is_some_and(|raw| raw.get() != "null") {
        let count = get("index")?.len();
        if count != data.len() {
            return Err(ScoringError::unreadable(format!("`index` names {count} rows, but there are {}", data.len())));
        }
    }
    check_count(data.len())?;
    let text = |raw: &&'_ RawValue| {
        let not_text =
            |_| ScoringError::unreadable(format!("column {} is not a string", truncate(raw.get(), MAX_VALUE_CHARS)));
        serde_json::from_str::<String>(raw.get()).map_err(not_text)
    };
    let names = names.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let (mut reader, indices) = Reader::with_columns(names.iter().map(String::as_str))?;
    for (index, raw) in data.iter().enumerate() {
        let cells = list(raw, &format!("row {index}"))?;
        if cells.len() != names.len() {
            let detail = format!("row {index} has {} cells, but there are {} columns", cells.len(), names.len());
            return Err(ScoringError::unreadable(detail));
        }
        reader.push(|column| Cell::Json(cells[indices[column]].get()))?;
    }
    reader.finish(series)
}

/// Rows of `[{"name":value,...},...]`. The first record determines the columns.
fn records(rows: &[&RawValue], series: &Series) -> Result<Rows, ScoringError> {
    check_count(rows.len())?;
    let record = |index: usize| {
        let raw = rows[index];
        if raw.get().starts_with('[') {
            let detail = format!("row {index} is a list, whose columns have no names: send records or dataframe_split");
            return Err(ScoringError::invalid_values(detail));
        }
        object(raw, &format!("row {index}"))
    };
    if rows.is_empty() {
        return Err(ScoringError::invalid_values("there are no rows"));
    }
    let first = record(0)?;
    let mut reader = Reader::new(Columns::detect(|name| first.contains_key(name))?);
    let names = reader.names().to_vec();
    for index in 0..rows.len() {
        let record = record(index)?;
        reader.push(|column| record.get(names[column]).map_or(Cell::Missing, |raw| Cell::Json(raw.get())))?;
    }
    reader.finish(series)
}

/// Rows of `{"name":[value,...],...}`.
fn columns(named: &Object<'_>, series: &Series) -> Result<Rows, ScoringError> {
    let mut reader = Reader::new(Columns::detect(|name| named.contains_key(name))?);
    // All of these columns exist, because they were detected.
    let detected = reader.names().iter().filter_map(|name| Some((*name, *named.get(*name)?)));
    let column = |(name, raw)| Ok((name, list(raw, &format!("column {name}"))?));
    let cells = detected.map(column).collect::<Result<Vec<_>, ScoringError>>()?;
    let count = cells.first().map_or(0, |(_, column)| column.len());
    if let Some((name, column)) = cells.iter().find(|(_, column)| column.len() != count) {
        let detail = format!("column {name} has {} rows, but column {} has {count}", column.len(), cells[0].0);
        return Err(ScoringError::unreadable(detail));
    }
    check_count(count)?;
    for index in 0..count {
        reader.push(|column| Cell::Json(cells[column].1[index].get()))?;
    }
    reader.finish(series)
}

fn list<'a>(raw: &'a RawValue, what: &str) -> Result<Vec<&'a RawValue>, ScoringError> {
    serde_json::from_str(raw.get()).map_err(|_| ScoringError::unreadable(format!("{what} is not a list")))
}

fn object<'a>(raw: &'a RawValue, what: &str) -> Result<Object<'a>, ScoringError> {
    fields::parse_object(raw.get()).map_err(|error| {
        ScoringError::unreadable(match error {
            ObjectError::NotAnObject => format!("{what} is not an object"),
            ObjectError::DuplicateField(name) => format!("{what} has the field `{name}` twice"),
        })
    })
}
