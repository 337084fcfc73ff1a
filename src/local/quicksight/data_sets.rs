//! Data sets. Creating one in SPICE starts its first ingestion, updating it another.

use http::StatusCode;
use serde_json::{Value, json};

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::{Reads, Write};

use super::QuickSight;
use super::columns::Shape;
use super::document::{ok, reply, seconds};
use super::errors::{DATA_SET, DATA_SOURCE, check_id, exists, not_found, refuse};
use super::ingestions::Request;
use super::model::{DATA_SETS, DATA_SOURCES, DataSet, INGESTIONS, SCHEDULES};
use super::paging::page;
use super::principals::Shared;
use super::tags::given_tags;

/// What is kept of a request as it is.
const GIVEN: [&str; 6] = [
    "PhysicalTableMap",
    "LogicalTableMap",
    "ColumnGroups",
    "FieldFolders",
    "DataSetUsageConfiguration",
    "PerformanceConfiguration",
];

/// Members that would change which rows or columns somebody sees.
const REFUSED: [(&str, &str); 8] = [
    ("RowLevelPermissionDataSet", "row-level security"),
    ("RowLevelPermissionTagConfiguration", "row-level security"),
    ("ColumnLevelPermissionRules", "column-level security"),
    ("DatasetParameters", "data set parameters"),
    ("UseAs", "data sets of rules"),
    ("DataPrepConfiguration", "new data preparation"),
    ("SemanticModelConfiguration", "semantic models"),
    ("FolderArns", "folders"),
];

impl QuickSight {
    pub(super) fn data_set_arn(&self, id: &str) -> String {
        self.arn(&format!("dataset/{id}"))
    }

    pub(super) fn data_set(&self, tx: &impl Reads, id: &str) -> Result<DataSet, AwsError> {
        let found = DATA_SETS.get(tx, id)?;
        found.ok_or_else(|| not_found(format!("DataSet {id} is not found")).about(DATA_SET))
    }

    /// The shape of a data set, whose data source must exist.
    fn check_shape(&self, tx: &impl Reads, input: &Input) -> Result<(), AwsError> {
        refuse(input, &REFUSED)?;
        let shape = Shape::read(&input.keep(&GIVEN))?;
        let arn = &shape.origin.data_source_arn;
        let id = arn.strip_prefix(&self.data_source_arn(""));
        match id.map(|id| DATA_SOURCES.get(tx, id)).transpose()?.flatten() {
            Some(_) => Ok(()),
            None => Err(not_found(format!("DataSource {arn} is not found")).about(DATA_SOURCE)),
        }
    }

    pub(super) fn create_data_set(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSetId");
        check_id("DataSetId", id)?;
        let now = self.env.now();
        let set = DataSet {
            id: id.to_owned(),
            name: input.text("Name").to_owned(),
            created: now,
            updated: now,
            spice: input.text("ImportMode") == "SPICE",
            given: input.keep(&GIVEN),
            consumed: 0,
            permissions: input.read("Permissions")?,
            tags: given_tags(input)?,
        };
        self.env.store.write(|tx| {
            if DATA_SETS.get(tx, id)?.is_some() {
                return Err(exists(format!("DataSet {id} already exists")).about(DATA_SET));
            }
            self.check_shape(tx, input)?;
            self.check_permissions(tx, Shared::DataSet, &set.permissions)?;
            Ok::<_, AwsError>(DATA_SETS.put(tx, id, &set)?)
        })?;
        self.changed_data_set(StatusCode::CREATED, &set, "INITIAL_INGESTION")
    }

    pub(super) fn update_data_set(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSetId");
        let set = self.env.store.write(|tx: &Write| {
            let mut set = self.data_set(tx, id)?;
            self.check_shape(tx, input)?;
            set.name = input.text("Name").to_owned();
            set.updated = self.env.now();
            set.spice = input.text("ImportMode") == "SPICE";
            set.given = input.keep(&GIVEN);
            DATA_SETS.put(tx, id, &set)?;
            Ok::<_, AwsError>(set)
        })?;
        self.changed_data_set(StatusCode::OK, &set, "EDIT")
    }

    /// The answer to a creation or update, with the ingestion that it starts.
    fn changed_data_set(&self, status: StatusCode, set: &DataSet, request: &'static str) -> Result<Reply, AwsError> {
        let mut body = json!({"Arn": self.data_set_arn(&set.id), "DataSetId": set.id});
        if set.spice {
            let ingestion = self.start_ingestion(set, Request::automatic(request))?;
            body["IngestionArn"] = json!(self.ingestion_arn(&set.id, &ingestion.id));
            body["IngestionId"] = json!(ingestion.id);
        }
        Ok(reply(status, body))
    }

    pub(super) fn describe_data_set(&self, input: &Input) -> Result<Reply, AwsError> {
        let set = self.data_set(&self.env.store.read()?, input.text("DataSetId"))?;
        let columns = Shape::read(&set.given)?.columns;
        let mut shown = self.data_set_summary(&set);
        for (name, value) in &set.given {
            shown[name] = value.clone();
        }
        shown["OutputColumns"] = columns.iter().map(super::columns::Column::shown).collect();
        shown["ConsumedSpiceCapacityInBytes"] = json!(set.consumed);
        Ok(ok(json!({"DataSet": shown})))
    }

    /// The data set's ingestions end with it, and its schedules go.
    pub(super) fn delete_data_set(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSetId");
        self.env.store.write(|tx| {
            self.data_set(tx, id)?;
            DATA_SETS.remove(tx, id)?;
            let (from, before) = (format!("{id}\0"), format!("{id}\u{1}"));
            INGESTIONS.remove_range(tx, &from, &before)?;
            Ok::<_, AwsError>(SCHEDULES.remove_range(tx, &from, &before)?)
        })?;
        self.forget_ingestions(id);
        self.scheduler.changed();
        Ok(ok(json!({"Arn": self.data_set_arn(id), "DataSetId": id})))
    }

    pub(super) fn list_data_sets(&self, input: &Input) -> Result<Reply, AwsError> {
        let all = DATA_SETS.all(&self.env.store.read()?, "")?;
        let (sets, next) = page(all, false, input)?;
        let sets: Vec<_> = sets.iter().map(|set| self.data_set_summary(set)).collect();
        Ok(ok(json!({"DataSetSummaries": sets, "NextToken": next})))
    }

    pub(super) fn data_set_summary(&self, set: &DataSet) -> Value {
        json!({
            "Arn": self.data_set_arn(&set.id),
            "DataSetId": set.id,
            "Name": set.name,
            "CreatedTime": seconds(set.created),
            "LastUpdatedTime": seconds(set.updated),
            "ImportMode": if set.spice { "SPICE" } else { "DIRECT_QUERY" },
        })
    }
}
