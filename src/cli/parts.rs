//! The parts of the data flow by their physical names: which bucket, which job, which warehouse.

use std::time::Duration;

use serde_json::Value;

use super::drain;
use super::error::CliError;
use super::flow_error::flow_error;
use super::session::Session;
use crate::aws::failure;
use crate::flow::{Places, Warehouse, WarehouseName};
use crate::template::Declaration;

impl Session {
    /// Physical name of the stream that `ingest` writes to.
    pub fn stream_name(&self) -> Result<String, CliError> {
        let stream = self.part("stream", self.project.flow.stream.as_deref())?;
        physical_name(stream, "Name")
    }

    /// Name of the raw bucket, if the project has one in this environment.
    pub fn raw_bucket(&self) -> Option<String> {
        let declared = self.declared(self.project.flow.raw_bucket.as_deref()?)?;
        physical_name(declared, "BucketName").ok()
    }

    /// Where the data lies.
    pub fn places(&self) -> Result<Places, CliError> {
        let flow = &self.project.flow;
        let name = |part, id: &Option<String>, property| {
            let declared = self.part(part, id.as_deref())?;
            physical_name(declared, property)
        };
        let record = self.record()?.to_owned();
        Ok(Places {
            raw_bucket: name("raw_bucket", &flow.raw_bucket, "BucketName")?,
            raw_prefix: self.raw_prefix(&record),
            curated_bucket: name("curated_bucket", &flow.curated_bucket, "BucketName")?,
            job: name("job", &flow.job, "Name")?,
            record,
        })
    }

    /// Name of the record that the contract describes.
    pub fn record(&self) -> Result<&str, CliError> {
        let contract = self.project.contract.as_ref();
        contract.map(|contract| contract.name.as_str()).ok_or_else(|| {
            CliError::usage("there is no record contract").hint("describe the record in configs/ingestion/source.json")
        })
    }

    /// The fixed part of the prefix that the delivery stream writes below.
    fn raw_prefix(&self, record: &str) -> String {
        let prefix = self.delivery_stream().and_then(|declared| {
            let properties = &declared.properties;
            ["ExtendedS3DestinationConfiguration", "S3DestinationConfiguration"]
                .iter()
                .find_map(|destination| properties.get(destination)?.get("Prefix")?.as_str())
        });
        match prefix.map(Places::fixed_prefix) {
            Some(fixed) if !fixed.is_empty() => fixed.to_owned(),
            _ => format!("raw/{record}/"),
        }
    }

    /// How long the delivery stream may hold rows back.
    pub fn buffering(&self) -> Duration {
        self.delivery_stream()
            .map_or(Duration::ZERO, |declared| drain::buffering(&declared.properties))
    }

    fn delivery_stream(&self) -> Option<&Declaration> {
        self.declared(self.project.flow.delivery_stream.as_deref()?)
    }

    /// The warehouse, as it is deployed.
    pub async fn warehouse(&self) -> Result<Warehouse, CliError> {
        let declared = self.part("warehouse", self.project.flow.warehouse.as_deref())?;
        let name = match declared.kind.as_str() {
            "AWS::Redshift::Cluster" => WarehouseName::Cluster(physical_name(declared, "ClusterIdentifier")?),
            _ => WarehouseName::Workgroup(physical_name(declared, "WorkgroupName")?),
        };
        Warehouse::find(&self.clients, &name).await.map_err(flow_error)
    }

    /// ARN of the role with which the warehouse reads the curated bucket.
    pub async fn copy_role(&self) -> Result<String, CliError> {
        let declared = self.part("copy_role", self.project.flow.copy_role.as_deref())?;
        let name = physical_name(declared, "RoleName")?;
        let answer = self.clients.iam.get_role().role_name(&name).send().await;
        let answer = answer.map_err(|error| failure("iam", "GetRole", &name, error))?;
        Ok(answer.role.map(|role| role.arn).unwrap_or_default())
    }

    /// The resource that plays a part in the data flow.
    fn part(&self, part: &str, id: Option<&str>) -> Result<&Declaration, CliError> {
        let environment = &self.project.environment.name;
        id.and_then(|id| self.declared(id)).ok_or_else(|| {
            CliError::usage(format!("environment {environment} has no {}", part.replace('_', " "))).hint(format!(
                "set flow.{part} in configs/pipeline.json to a resource that exists in this environment"
            ))
        })
    }

    fn declared(&self, id: &str) -> Option<&Declaration> {
        let project = &self.project;
        let mut all = project.resources.iter().chain(&project.unselected);
        all.find(|declared| declared.id == id)
    }
}

/// Names are completed when the configs are loaded, so a name is missing only where it refers to another resource.
fn physical_name(declared: &Declaration, property: &str) -> Result<String, CliError> {
    let name = declared.properties.get(property).and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| {
        CliError::usage(format!("the name of {} depends on another resource", declared.id)).hint(format!(
            "give {property} of {} a text that is known before anything is deployed",
            declared.id
        ))
    })
}
