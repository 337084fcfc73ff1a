//! How namespaces, workgroups and usage limits look in answers.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::RedshiftServerless;
use super::model::{Namespace, UsageLimit, Workgroup, WorkgroupStatus};
use super::parameters;

/// Dates here are ISO 8601, unlike other times of awsJson (shape SyntheticTimestamp_date_time).
fn date_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Without the members that have no value.
fn without_nulls(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

impl RedshiftServerless {
    pub(super) fn namespace_json(&self, namespace: &Namespace) -> Value {
        without_nulls(json!({
            "adminPasswordSecretArn": namespace.secret,
            "adminPasswordSecretKmsKeyId": namespace.secret_kms_key_id,
            "adminUsername": namespace.admin,
            "creationDate": date_time(namespace.created),
            "dbName": namespace.database,
            "defaultIamRoleArn": namespace.default_role,
            "iamRoles": namespace.roles,
            "kmsKeyId": namespace.kms_key_id.as_deref().unwrap_or("AWS_OWNED_KMS_KEY"),
            "logExports": namespace.log_exports,
            "namespaceArn": self.namespace_arn(&namespace.id),
            "namespaceId": namespace.id,
            "namespaceName": namespace.name,
            "status": namespace.shown_status().name(),
        }))
    }

    pub(super) fn workgroup_json(&self, workgroup: &Workgroup) -> Value {
        let settings = &workgroup.settings;
        let status = workgroup.shown_status();
        let target = match settings.performance {
            Some(level) => json!({"level": level, "status": "ENABLED"}),
            None => json!({"status": "DISABLED"}),
        };
        without_nulls(json!({
            "baseCapacity": settings.base_capacity,
            "configParameters": parameters::listed(&settings.config_parameters),
            "creationDate": date_time(workgroup.created),
            "crossAccountVpcs": [],
            "endpoint": self.endpoint(workgroup, status),
            "enhancedVpcRouting": settings.enhanced_vpc_routing,
            "ipAddressType": settings.ip_address_type,
            "maxCapacity": settings.max_capacity,
            "namespaceName": workgroup.namespace,
            "port": settings.port,
            "pricePerformanceTarget": target,
            "publiclyAccessible": settings.publicly_accessible,
            "securityGroupIds": settings.security_groups,
            "status": status.name(),
            "subnetIds": settings.subnets,
            "trackName": settings.track,
            "workgroupArn": self.workgroup_arn(&workgroup.id),
            "workgroupId": workgroup.id,
            "workgroupName": workgroup.name,
            "workgroupVersion": "1.0",
        }))
    }

    /// Where clients connect, once the workgroup has been created. Nothing listens there: the Data API does.
    fn endpoint(&self, workgroup: &Workgroup, status: WorkgroupStatus) -> Value {
        let port = workgroup.settings.port;
        if status == WorkgroupStatus::Creating {
            return json!({"port": port, "vpcEndpoints": []});
        }
        json!({"address": self.address(&workgroup.name), "port": port, "vpcEndpoints": []})
    }

    /// Host name of a workgroup's endpoint.
    pub(super) fn address(&self, workgroup: &str) -> String {
        let (account, region) = (self.env.account(), self.env.region());
        format!("{workgroup}.{account}.{region}.redshift-serverless.amazonaws.com")
    }

    pub(super) fn limit_json(&self, limit: &UsageLimit) -> Value {
        json!({
            "amount": limit.amount,
            "breachAction": limit.breach_action,
            "period": limit.period,
            "resourceArn": limit.resource,
            "usageLimitArn": self.env.arn("redshift-serverless", &format!("usagelimit/{}", limit.id)),
            "usageLimitId": limit.id,
            "usageType": limit.usage_type,
        })
    }
}
