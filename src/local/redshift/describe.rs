//! DescribeClusters and DescribeLoggingStatus.

use super::input::Input;
use super::model::{CLUSTERS, Status};
use super::paging::Page;
use super::{Redshift, wire};
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::xml::Xml;

impl Redshift {
    pub(super) fn describe_clusters(&self, params: &Params) -> Result<String, AwsError> {
        let known = ["ClusterIdentifier", "Marker", "MaxRecords", "TagKeys", "TagValues"];
        let input = Input::of("DescribeClusters", params, &known)?;
        let tx = self.env.store.read()?;
        let clusters = match input.text("ClusterIdentifier") {
            Some(id) => vec![(id.to_owned(), self.cluster(&tx, id)?)],
            None => CLUSTERS.all(&tx, "")?,
        };
        let now = self.env.now();
        let clusters = clusters.into_iter().map(|(id, cluster)| (id, cluster.settled(now)));
        let wanted =
            clusters.filter(|(_, cluster)| cluster.status(now) != Status::Gone && input.tags_match(&cluster.tags));
        let page = Page::of(&input, wanted)?;
        let mut xml = Xml::new();
        wire::list(&mut xml, "Clusters", "Cluster", &page.items, |xml, cluster| {
            wire::write_cluster(xml, &self.env, cluster);
        });
        page.write(&mut xml);
        Ok(xml.finish())
    }

    /// Audit logging is never on: EnableLogging is not here.
    pub(super) fn describe_logging(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("DescribeLoggingStatus", params, &["ClusterIdentifier"])?;
        self.cluster(&self.env.store.read()?, input.required("ClusterIdentifier")?)?;
        Ok(Xml::new().text("LoggingEnabled", false).finish())
    }
}
