//! Analyses: like dashboards, but with one version, and a recovery window after deletion.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::{Reads, Write};

use super::QuickSight;
use super::dashboards::REFUSED;
use super::definition::{Checked, sheets};
use super::document::{ok, reply, seconds};
use super::errors::{conflict, exists, invalid, not_found, precondition, refuse};
use super::model::{ANALYSES, Analysis, Change, Permission};
use super::paging::page;
use super::principals::Shared;
use super::tags::given_tags;

/// Days in which a deleted analysis can be restored, unless a request says otherwise.
const RECOVERY_DAYS: i64 = 30;

impl QuickSight {
    pub(super) fn analysis_arn(&self, id: &str) -> String {
        self.arn(&format!("analysis/{id}"))
    }

    /// An analysis that is not gone for good.
    pub(super) fn analysis(&self, tx: &impl Reads, id: &str) -> Result<Analysis, AwsError> {
        let now = self.env.now();
        let found = ANALYSES.get(tx, id)?;
        found
            .filter(|analysis| !analysis.is_gone(now))
            .ok_or_else(|| not_found(format!("Analysis {id} is not found")))
    }

    fn given_definition(&self, tx: &Write, input: &Input) -> Result<(Value, Checked), AwsError> {
        refuse(input, &REFUSED)?;
        let Some(definition) = input.member("Definition") else {
            return Err(invalid("Either SourceEntity or Definition must be given"));
        };
        let strategy = input.member("ValidationStrategy");
        let lenient = strategy.is_some_and(|strategy| strategy["Mode"] == "LENIENT");
        Ok((definition.clone(), self.check_definition(tx, definition, lenient)?))
    }

    pub(super) fn create_analysis(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("AnalysisId");
        let now = self.env.now();
        let permissions: Vec<Permission> = input.read("Permissions")?;
        let tags = given_tags(input)?;
        self.env.store.write(|tx| {
            if ANALYSES.get(tx, id)?.is_some_and(|analysis| !analysis.is_gone(now)) {
                return Err(exists(format!("Analysis {id} already exists")));
            }
            self.check_permissions(tx, Shared::Analysis, &permissions)?;
            let (definition, checked) = self.given_definition(tx, input)?;
            let analysis = Analysis {
                id: id.to_owned(),
                name: input.text("Name").to_owned(),
                created: now,
                updated: now,
                change: Change {
                    at: now,
                    update: false,
                    failed: !checked.errors.is_empty(),
                },
                errors: checked.errors,
                data_set_arns: checked.data_set_arns,
                definition,
                permissions,
                tags,
                deleted: None,
            };
            Ok(ANALYSES.put(tx, id, &analysis)?)
        })?;
        Ok(reply(
            StatusCode::ACCEPTED,
            json!({
                "Arn": self.analysis_arn(id),
                "AnalysisId": id,
                "CreationStatus": "CREATION_IN_PROGRESS",
            }),
        ))
    }

    pub(super) fn update_analysis(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("AnalysisId");
        let now = self.env.now();
        self.env.store.write(|tx| {
            let mut analysis = self.analysis(tx, id)?;
            if analysis.deleted.is_some() {
                return Err(conflict(format!("Analysis {id} is deleted; restore it first.")));
            }
            if analysis.change.is_in_progress(now, self.env.options.timing.quicksight) {
                return Err(conflict(format!("Analysis {id} is still being created or updated.")));
            }
            let (definition, checked) = self.given_definition(tx, input)?;
            analysis.name = input.text("Name").to_owned();
            analysis.updated = now;
            analysis.change = Change {
                at: now,
                update: true,
                failed: !checked.errors.is_empty(),
            };
            analysis.errors = checked.errors;
            analysis.data_set_arns = checked.data_set_arns;
            analysis.definition = definition;
            Ok(ANALYSES.put(tx, id, &analysis)?)
        })?;
        Ok(reply(
            StatusCode::ACCEPTED,
            json!({"Arn": self.analysis_arn(id), "AnalysisId": id, "UpdateStatus": "UPDATE_IN_PROGRESS"}),
        ))
    }

    fn analysis_status(&self, analysis: &Analysis) -> &'static str {
        match analysis.deleted {
            Some(_) => "DELETED",
            None => analysis
                .change
                .status(self.env.now(), self.env.options.timing.quicksight),
        }
    }

    fn analysis_errors(&self, analysis: &Analysis) -> Option<Value> {
        let takes = self.env.options.timing.quicksight;
        let settled = !analysis.change.is_in_progress(self.env.now(), takes);
        (settled && !analysis.errors.is_empty()).then(|| json!(analysis.errors))
    }

    pub(super) fn analysis_summary(&self, analysis: &Analysis) -> Value {
        json!({
            "Arn": self.analysis_arn(&analysis.id),
            "AnalysisId": analysis.id,
            "Name": analysis.name,
            "Status": self.analysis_status(analysis),
            "CreatedTime": seconds(analysis.created),
            "LastUpdatedTime": seconds(analysis.updated),
        })
    }

    pub(super) fn describe_analysis(&self, input: &Input) -> Result<Reply, AwsError> {
        let analysis = self.analysis(&self.env.store.read()?, input.text("AnalysisId"))?;
        let mut shown = self.analysis_summary(&analysis);
        shown["Errors"] = json!(self.analysis_errors(&analysis));
        shown["DataSetArns"] = json!(analysis.data_set_arns);
        shown["Sheets"] = json!(sheets(&analysis.definition));
        Ok(ok(json!({"Analysis": shown})))
    }

    pub(super) fn describe_analysis_definition(&self, input: &Input) -> Result<Reply, AwsError> {
        let analysis = self.analysis(&self.env.store.read()?, input.text("AnalysisId"))?;
        Ok(ok(json!({
            "AnalysisId": analysis.id,
            "Name": analysis.name,
            "Errors": self.analysis_errors(&analysis),
            "ResourceStatus": self.analysis_status(&analysis),
            "Definition": analysis.definition,
        })))
    }

    pub(super) fn list_analyses(&self, input: &Input) -> Result<Reply, AwsError> {
        let now = self.env.now();
        let mut all = ANALYSES.all(&self.env.store.read()?, "")?;
        all.retain(|(_, analysis)| !analysis.is_gone(now));
        let (analyses, next) = page(all, false, input)?;
        let shown: Vec<_> = analyses.iter().map(|it| self.analysis_summary(it)).collect();
        Ok(ok(json!({"AnalysisSummaryList": shown, "NextToken": next})))
    }

    pub(super) fn delete_analysis(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("AnalysisId");
        let force = input.flag("ForceDeleteWithoutRecovery");
        let days = input.number("RecoveryWindowInDays");
        if force && days.is_some() {
            return Err(invalid(
                "RecoveryWindowInDays and ForceDeleteWithoutRecovery cannot be used in the same call",
            ));
        }
        let window = SignedDuration::from_hours(24 * days.unwrap_or(RECOVERY_DAYS));
        let deletion = self.env.now().checked_add(window).map_err(AwsError::internal)?;
        self.env.store.write(|tx| {
            let mut analysis = self.analysis(tx, id)?;
            if force {
                ANALYSES.remove(tx, id)?;
                return Ok(());
            }
            if analysis.deleted.is_some() {
                return Err(conflict(format!("Analysis {id} is deleted already.")));
            }
            analysis.deleted = Some(deletion);
            Ok::<_, AwsError>(ANALYSES.put(tx, id, &analysis)?)
        })?;
        Ok(ok(json!({
            "Arn": self.analysis_arn(id),
            "AnalysisId": id,
            "DeletionTime": (!force).then(|| seconds(deletion)),
        })))
    }

    pub(super) fn restore_analysis(&self, input: &Input) -> Result<Reply, AwsError> {
        refuse(input, &[("RestoreToFolders", "folders")])?;
        let id = input.text("AnalysisId");
        self.env.store.write(|tx| {
            let mut analysis = self.analysis(tx, id)?;
            if analysis.deleted.take().is_none() {
                return Err(precondition(format!("Analysis {id} is not deleted")));
            }
            Ok(ANALYSES.put(tx, id, &analysis)?)
        })?;
        Ok(ok(json!({"Arn": self.analysis_arn(id), "AnalysisId": id})))
    }
}

impl Analysis {
    pub(super) fn is_gone(&self, now: Timestamp) -> bool {
        self.deleted.is_some_and(|deletion| deletion <= now)
    }
}
